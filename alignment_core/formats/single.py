"""TRL's rows of one completion: to imitate, or with a label that says whether it is good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_core.formats import checks, content, naming
from alignment_core.formats.prompts import prompt_of
from alignment_core.formats.rows import NewCompletion

NEEDS = ("prompt", "completion")
PROMPT_NEEDS = ("prompt",)


def fits(row: Mapping[str, Any]) -> bool:
    return True


def parse(row: Mapping[str, Any]) -> NewCompletion:
    completion = checks.required(row, "completion")
    is_text = content.is_text(completion)
    return NewCompletion(
        **prompt_of(row),
        text=checks.whole_text("completion", completion)
        if is_text
        else checks.only_answer("completion", completion),
        is_good=checks.label(row, "label"),
    )


def fits_prompt(row: Mapping[str, Any]) -> bool:
    """Where one of two completions is there, the other was forgotten or misspelt."""
    known = {"chosen", "rejected", "completions", "votes"} | {
        name for pair in naming.ANSWERS for name in pair
    }
    return not known & row.keys()


def parse_prompt(row: Mapping[str, Any]) -> NewCompletion:
    return NewCompletion(**prompt_of(row))
