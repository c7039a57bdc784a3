"""How good a checkpoint is: each figure with its interval, its count, or why there is none."""

from alignment_core.evaluation.held_out import (
    HeldOutResult,
    baselines,
    evaluation_report,
    human_agreement,
    no_evaluation,
    stack_margins,
)

__all__ = [
    "HeldOutResult",
    "baselines",
    "evaluation_report",
    "human_agreement",
    "no_evaluation",
    "stack_margins",
]
