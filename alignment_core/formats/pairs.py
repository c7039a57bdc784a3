"""A prompt (text or messages) with a chosen and a rejected text: TRL standard, or CSV columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_core.formats import checks, content
from alignment_core.formats.prompts import prompt_of
from alignment_core.formats.rows import FIRST, NewComparison

NEEDS = ("prompt", "chosen", "rejected")


def fits(row: Mapping[str, Any]) -> bool:
    return content.is_text(row["chosen"]) and content.is_text(row["rejected"])


def parse(row: Mapping[str, Any]) -> NewComparison:
    prompt = prompt_of(row)
    chosen = checks.whole_text("chosen", row["chosen"])
    rejected = checks.whole_text("rejected", row["rejected"])
    checks.different("rejected", chosen, rejected)
    return NewComparison(
        **prompt,
        first_text=chosen,
        second_text=rejected,
        first_origin=checks.optional_text(row, "origin_chosen"),
        second_origin=checks.optional_text(row, "origin_rejected"),
        recorded_verdict=FIRST,
    )
