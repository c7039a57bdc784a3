"""What a policy says to prompts that ask for harm, and to harmless ones that look like them."""

from alignment_core.evaluation.safety.detectors import Findings, find_signs
from alignment_core.evaluation.safety.safety_prompts import SafetyPrompt, read_safety_prompts
from alignment_core.evaluation.safety.suite import LIMITS, safety_report, signs_by_prompt

__all__ = [
    "LIMITS",
    "Findings",
    "SafetyPrompt",
    "find_signs",
    "read_safety_prompts",
    "safety_report",
    "signs_by_prompt",
]
