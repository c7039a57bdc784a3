"""A prompt (text or messages) with a chosen and a rejected text: TRL standard, or CSV columns."""

from collections.abc import Mapping
from typing import Any

from annotate.imports import checks
from annotate.imports.formats.prompts import prompt_of
from annotate.imports.rows import NewComparison
from annotate.models import Verdict

NEEDS = ("prompt", "chosen", "rejected")


def fits(row: Mapping[str, Any]) -> bool:
    return isinstance(row["chosen"], str) and isinstance(row["rejected"], str)


def parse(row: Mapping[str, Any]) -> NewComparison:
    prompt = prompt_of(row)
    chosen = checks.required_text(row, "chosen")
    rejected = checks.required_text(row, "rejected")
    checks.different("rejected", chosen, rejected)
    return NewComparison(
        **prompt,
        first_text=chosen,
        second_text=rejected,
        first_origin=checks.optional_text(row, "origin_chosen"),
        second_origin=checks.optional_text(row, "origin_rejected"),
        recorded_verdict=Verdict.FIRST,
    )
