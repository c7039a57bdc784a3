"""Answers of two checkpoints to the same held-out prompts, side by side: not the best, any ten."""

from dataclasses import dataclass
from typing import Any

from training.models import Checkpoint
from training.promotion.measurements import Admissible

SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class Pair:
    prompt: list[dict[str, Any]]
    first: str
    second: str


def answers_of_both(first: Checkpoint, second: Checkpoint, admissible: Admissible) -> list[Pair]:
    """The first ten by the digest of their prompt, of which nobody has made a choice."""
    own = _answers(first, admissible)
    theirs = _answers(second, admissible)
    return [
        Pair(
            prompt=own[name]["prompt"],
            first=own[name]["answer"],
            second=theirs[name]["answer"],
        )
        for name in sorted(own.keys() & theirs.keys())[:SHOWN]
    ]


def _answers(checkpoint: Checkpoint, admissible: Admissible) -> dict[str, dict[str, Any]]:
    """By the prompt's digest, of all evaluations; a newer answer before an older one."""
    found: dict[str, dict[str, Any]] = {}
    for evaluation in reversed(admissible.evaluations(checkpoint)):
        found |= ((evaluation.run.summary or {}).get("by_prompt") or {}).get("answers") or {}
    return found
