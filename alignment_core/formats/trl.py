"""TRL's conversational preference formats: chosen and rejected are lists of messages.

Explicit: the prompt stands apart. Implicit: chosen and rejected both begin with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_core.formats import checks, content
from alignment_core.formats.checks import RowError
from alignment_core.formats.prompts import about
from alignment_core.formats.rows import FIRST, NewComparison

EXPLICIT_NEEDS = ("prompt", "chosen", "rejected")
IMPLICIT_NEEDS = ("chosen", "rejected")


def fits_explicit(row: Mapping[str, Any]) -> bool:
    return all(isinstance(row[field], list) for field in ("prompt", "chosen", "rejected"))


def fits_implicit(row: Mapping[str, Any]) -> bool:
    """A prompt given as text besides (UltraFeedback) is the first user turn once more."""
    has_lists = all(
        isinstance(row[field], list) and not content.is_text(row[field]) for field in IMPLICIT_NEEDS
    )
    return has_lists and not isinstance(row.get("prompt"), list)


def parse_explicit(row: Mapping[str, Any]) -> NewComparison:
    prompt = checks.conversation("prompt", row["prompt"])
    return _comparison(
        row, *(checks.continued(prompt, field, row[field]) for field in IMPLICIT_NEEDS)
    )


def parse_implicit(row: Mapping[str, Any]) -> NewComparison:
    return _comparison(row, *(checks.answered(field, row[field]) for field in IMPLICIT_NEEDS))


def _comparison(
    row: Mapping[str, Any],
    of_chosen: tuple[list[dict[str, Any]], str],
    of_rejected: tuple[list[dict[str, Any]], str],
) -> NewComparison:
    (messages, chosen), (rejected_messages, rejected) = of_chosen, of_rejected
    checks.same_conversation("rejected", messages, rejected_messages)
    checks.different("rejected", chosen, rejected)
    _refuse_contrary_scores(row)
    return NewComparison(
        messages=messages,
        **about(row),
        first_text=chosen,
        second_text=rejected,
        first_origin=checks.optional_text(row, "origin_chosen"),
        second_origin=checks.optional_text(row, "origin_rejected"),
        recorded_verdict=FIRST,
    )


def _refuse_contrary_scores(row: Mapping[str, Any]) -> None:
    """UltraFeedback gives each completion a score; that of the chosen one is not the lower."""
    if any(row.get(name) in (None, "") for name in ("score_chosen", "score_rejected")):
        return
    chosen, rejected = (
        checks.number(f"score_{side}", row[f"score_{side}"]) for side in IMPLICIT_NEEDS
    )
    if chosen < rejected:
        raise RowError(
            "score_chosen", row["score_chosen"], "The chosen completion has the lower score."
        )
