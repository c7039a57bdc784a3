"""Texts with scores: whole transcripts, two in a row or each in a row of its own (DSP, APO)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_core.formats import checks, hh
from alignment_core.formats.checks import RowError
from alignment_core.formats.prompts import about
from alignment_core.formats.rows import FIRST, SECOND, TIE, NewComparison, NewCompletion

NEEDS = ("text", "score")


def fits_pair(row: Mapping[str, Any]) -> bool:
    return all(isinstance(row[field], list) for field in NEEDS)


def fits(row: Mapping[str, Any]) -> bool:
    return isinstance(row["text"], str)


def parse_pair(row: Mapping[str, Any]) -> NewComparison:
    texts, scores = row["text"], row["score"]
    if not (
        isinstance(texts, list) and isinstance(scores, list) and len(texts) == len(scores) == 2
    ):
        raise RowError("text", texts, "There should be two texts here, and two scores.")
    (messages, first), (others, second) = (
        _split(f"text[{place}]", text) for place, text in enumerate(texts)
    )
    checks.same_conversation("text[1]", messages, others)
    checks.different("text[1]", first, second)
    left, right = (checks.number(f"score[{place}]", score) for place, score in enumerate(scores))
    return NewComparison(
        messages=messages,
        **about(row),
        first_text=first,
        second_text=second,
        recorded_verdict=TIE if left == right else FIRST if left > right else SECOND,
    )


def parse(row: Mapping[str, Any]) -> NewCompletion:
    messages, answer = _split("text", row["text"])
    return NewCompletion(
        messages=messages,
        text=answer,
        score=checks.number("score", row["score"]),
        **about(row),
    )


def _split(field: str, value: object) -> tuple[list[dict[str, Any]], str]:
    return hh.split(field, checks.text(field, value))
