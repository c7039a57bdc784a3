"""PandaLM's test set: two models' responses with the votes of annotator1, annotator2, …"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from alignment_core.formats import checks, content
from alignment_core.formats.checks import RowError
from alignment_core.formats.rows import FIRST, SECOND, TIE, NewComparison, Vote

NEEDS = ("instruction", "response1", "response2")
ANNOTATOR = re.compile(r"annotator\d+")
VERDICTS = {0.0: TIE, 1.0: FIRST, 2.0: SECOND}


def fits(row: Mapping[str, Any]) -> bool:
    return any(map(ANNOTATOR.fullmatch, row))


def parse(row: Mapping[str, Any]) -> NewComparison:
    content.refuse_unshown(row)
    if not fits(row):
        raise RowError("annotator1", None, "This field is missing.")
    prompt = checks.required_text(row, "instruction")
    if row.get("input"):
        prompt = f"{prompt}\n\n{checks.text('input', row['input'])}"
    first = checks.text_or_nothing("response1", checks.required(row, "response1"))
    second = checks.text_or_nothing("response2", checks.required(row, "response2"))
    checks.different("response2", first, second)
    first_origin, second_origin = _models(row)
    return NewComparison(
        messages=[{"role": "user", "content": prompt}],
        first_text=first,
        second_text=second,
        first_origin=first_origin,
        second_origin=second_origin,
        language=checks.optional_text(row, "language", max_length=40),
        external_id=checks.optional_text(row, "idx"),
        votes=tuple(
            Vote(annotator=field, verdict=_verdict(field, value))
            for field, value in row.items()
            if ANNOTATOR.fullmatch(field) and value not in (None, "")  # who gave none has no vote
        ),
    )


def _models(row: Mapping[str, Any]) -> tuple[str, str]:
    """The key joins the models' names by "_"; where a name holds one too, neither is known."""
    names = checks.optional_text(row, "cmp_key", max_length=400).split("_")
    return (names[0], names[1]) if len(names) == 2 else ("", "")


def _verdict(field: str, value: object) -> str:
    is_number = isinstance(value, (int, float, str)) and not isinstance(value, bool)
    value = checks.number(field, value) if is_number else value
    if not isinstance(value, float) or value not in VERDICTS:
        raise RowError(field, value, "This choice is not known; use 0 (tie), 1 or 2.")
    return VERDICTS[value]
