"""TRL's conversational preference formats: chosen and rejected are lists of messages.

Explicit: the prompt stands apart. Implicit: chosen and rejected both begin with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_core.formats import checks
from alignment_core.formats.checks import RowError
from alignment_core.formats.prompts import about
from alignment_core.formats.rows import FIRST, NewComparison

EXPLICIT_NEEDS = ("prompt", "chosen", "rejected")
IMPLICIT_NEEDS = ("chosen", "rejected")


def fits_explicit(row: Mapping[str, Any]) -> bool:
    return all(isinstance(row[field], list) for field in ("prompt", "chosen", "rejected"))


def fits_implicit(row: Mapping[str, Any]) -> bool:
    """A prompt given as text besides (UltraFeedback) is the first user turn once more."""
    has_lists = isinstance(row["chosen"], list) and isinstance(row["rejected"], list)
    return has_lists and not isinstance(row.get("prompt"), list)


def parse_explicit(row: Mapping[str, Any]) -> NewComparison:
    messages = checks.conversation("prompt", checks.required(row, "prompt"))
    chosen, rejected = (
        checks.only_answer(field, checks.required(row, field)) for field in ("chosen", "rejected")
    )
    return _comparison(row, messages, chosen, rejected)


def parse_implicit(row: Mapping[str, Any]) -> NewComparison:
    (chosen_messages, chosen), (rejected_messages, rejected) = (
        checks.answered(field, checks.required(row, field)) for field in ("chosen", "rejected")
    )
    if chosen_messages != rejected_messages:
        raise RowError(
            "rejected", rejected_messages, "Chosen and rejected answer different conversations."
        )
    return _comparison(row, chosen_messages, chosen, rejected)


def _comparison(
    row: Mapping[str, Any], messages: list[dict[str, Any]], chosen: str, rejected: str
) -> NewComparison:
    checks.different("rejected", chosen, rejected)
    return NewComparison(
        messages=messages,
        **about(row),
        first_text=chosen,
        second_text=rejected,
        first_origin=checks.optional_text(row, "origin_chosen"),
        second_origin=checks.optional_text(row, "origin_rejected"),
        recorded_verdict=FIRST,
    )
