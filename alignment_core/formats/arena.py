"""Battles of two models: LMArena's files, as Kaggle and Hugging Face have them.

A winner stands in columns of its own, or is named. Conversations are lists of turns, which a table
holds as JSON: with more than one turn, both models must have answered the same ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from alignment_core.formats import checks
from alignment_core.formats.checks import RowError
from alignment_core.formats.prompts import about
from alignment_core.formats.rows import BOTH_BAD, FIRST, SECOND, TIE, NewComparison, Vote

NEEDS = ("prompt", "response_a", "response_b")
CHAT_NEEDS = ("conversation_a", "conversation_b", "winner")
COLUMNS = {
    "winner_model_a": FIRST,
    "winner_model_b": SECOND,
    "winner_tie": TIE,
    "winner_both_bad": BOTH_BAD,
}
NAMED = {
    "model_a": FIRST, "a": FIRST, "model_b": SECOND, "b": SECOND, "tie": TIE,
    "tie (bothbad)": BOTH_BAD, "both_bad": BOTH_BAD, "bothbad": BOTH_BAD,
}  # fmt: skip


def fits(row: Mapping[str, Any]) -> bool:
    return "winner" in row or all(name in row for name in list(COLUMNS)[:2])


def fits_chat(row: Mapping[str, Any]) -> bool:
    return all(isinstance(row[field], list) for field in CHAT_NEEDS[:2])


def parse(row: Mapping[str, Any]) -> NewComparison:
    prompts, first, second = _turns(row)
    return _comparison(
        row, _alternating("response_a", prompts, first), _alternating("response_b", prompts, second)
    )


def parse_chat(row: Mapping[str, Any]) -> NewComparison:
    return _comparison(row, *(row[field] for field in CHAT_NEEDS[:2]))


def _turns(row: Mapping[str, Any]) -> list[list[Any]]:
    """The texts of the prompts and of both answers: one each, or those of several turns.

    A table holds turns as JSON, all three of them: one that is JSON beside others is a text.
    """
    given = [row[field] for field in NEEDS]
    unpacked = [_unpacked(value) for value in given]
    if all(isinstance(value, list) for value in unpacked):
        given = unpacked
    for field, value in zip(NEEDS, given, strict=True):
        if value == []:
            raise RowError(field, value, "This text is empty.")
    return [value if isinstance(value, list) else [value] for value in given]


def _unpacked(value: object) -> Any:
    if isinstance(value, str) and value.startswith("["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _alternating(field: str, prompts: list[Any], answers: list[Any]) -> list[dict[str, Any]]:
    if len(prompts) != len(answers):
        raise RowError(field, answers, "There should be as many answers as there are questions.")
    return [
        {"role": role, "content": text}
        for pair in zip(prompts, answers, strict=True)
        for role, text in zip(("user", "assistant"), pair, strict=True)
    ]


def _comparison(row: Mapping[str, Any], of_a: Any, of_b: Any) -> NewComparison:
    (messages, first), (others, second) = (
        checks.answered(f"conversation_{side}", turns) for side, turns in (("a", of_a), ("b", of_b))
    )
    checks.same_conversation("conversation_b", messages, others)
    checks.different("response_b", first, second)
    judge = checks.optional_text(row, "judge")
    verdict = _winner(row)
    return NewComparison(
        messages=messages,
        **about(row, id_field="question_id" if "question_id" in row else "id"),
        first_text=first,
        second_text=second,
        first_origin=checks.optional_text(row, "model_a"),
        second_origin=checks.optional_text(row, "model_b"),
        recorded_verdict="" if judge else verdict,
        votes=(Vote(annotator=judge, verdict=verdict),) if judge and verdict else (),
    )


def _winner(row: Mapping[str, Any]) -> str:
    """The verdict; nothing where nobody gave one. Raises: RowError."""
    if "winner" in row:
        value = row["winner"]
        if value in (None, ""):
            return ""
        verdict = NAMED.get(value.strip().lower()) if isinstance(value, str) else None
        if verdict is None:
            raise RowError("winner", value, "This winner is not known; use model_a, model_b, tie.")
        return verdict
    given = {name: checks.label(row, name) for name in COLUMNS if name in row}
    winners = [COLUMNS[name] for name, is_winner in given.items() if is_winner]
    if len(winners) > 1:
        raise RowError("winner_model_a", given, "More than one of these has won.")
    return winners[0] if winners else ""
