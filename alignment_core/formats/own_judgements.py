"""Our own exports of judgements: one vote a row, with all that is known of it.

In JSON Lines both completions are objects and the verdict names them; in a table (CSV, Parquet)
they are `response_a` and `response_b`, and `choice` is a, b, tie or both_bad. Whoever wrote a table
with fewer columns is understood as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_core.formats import checks, own_values
from alignment_core.formats.checks import RowError
from alignment_core.formats.prompts import prompt_of
from alignment_core.formats.rows import (
    BOTH_BAD,
    FIRST,
    SECOND,
    TIE,
    Exported,
    NewComparison,
    OfSet,
    Ruling,
    Vote,
    VoteDetails,
)

NEEDS = ("prompt", "first", "second", "annotator", "verdict")
TABLE_NEEDS = (
    *("prompt", "response_a", "response_b"),
    *("annotator", "annotator_kind", "choice", "is_counted"),
)
VERDICTS = (FIRST, SECOND, TIE, BOTH_BAD)
GREATEST_STRENGTH = 3
MOST_SECONDS = 7 * 24 * 3600.0
LONGEST_NOTE = 10_000
MOST_WANTED = 2**15 - 1
MOST_RANKED = 9
MOST_VERSIONS = 2**31 - 1


def fits(row: Mapping[str, Any]) -> bool:
    return isinstance(row["first"], Mapping) and isinstance(row["second"], Mapping)


def fits_table(row: Mapping[str, Any]) -> bool:
    return True


def parse(row: Mapping[str, Any]) -> NewComparison:
    first, second = (_completion(row, side) for side in ("first", "second"))
    return _comparison(row, first, second, verdict=_verdict("verdict", row.get("verdict")))


def parse_table(row: Mapping[str, Any]) -> NewComparison:
    if isinstance(row["is_counted"], str):  # of CSV; Parquet knows numbers
        row = own_values.unguarded_row(row)
    first, second = (_cells(row, side) for side in "ab")
    choice = checks.choice("choice", checks.required(row, "choice"))
    ruling = own_values.structure(row, "ruling")
    return _comparison({**_named(row), "ruling": ruling}, first, second, verdict=choice)


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    """A table's row under the names of JSON Lines. A task's id that is not ours is the prompt's."""
    named = {**row, "comparison": row.get("task_id")}
    try:
        own_values.own_id(row, "task_id")
    except RowError:
        named |= {"comparison": None, "external_id": row.get("task_id")}
    return named


def _comparison(
    row: Mapping[str, Any], first: dict[str, Any], second: dict[str, Any], *, verdict: str
) -> NewComparison:
    checks.different("second", first["text"], second["text"])
    annotator = checks.text("annotator", checks.required(row, "annotator"))
    expected, also = _gold(row)
    return NewComparison(
        **prompt_of({**row, "tags": own_values.structure(row, "tags")}, id_field="external_id"),
        first_text=first["text"],
        second_text=second["text"],
        first_origin=first["origin"],
        second_origin=second["origin"],
        votes=(Vote(annotator=annotator, verdict=verdict, details=_details(row)),),
        of_set=_of_set(row),
        exported=Exported(
            id=own_values.own_id(row, "comparison"),
            first_id=first["id"],
            second_id=second["id"],
            first_sampling=first["sampling"],
            second_sampling=second["sampling"],
            gold_verdict=expected,
            gold_also=also,
            wanted=own_values.whole(row, "wanted", low=0, high=MOST_WANTED),
            is_swapped=own_values.truth(row, "is_swapped") or False,
            ruling=ruling_of(row.get("ruling")),
        ),
    )


def _details(row: Mapping[str, Any]) -> VoteDetails:
    is_counted = own_values.truth(row, "is_counted")
    return VoteDetails(
        id=own_values.own_id(row, "id"),
        kind=own_values.kind_of(row, "annotator_kind"),
        cohort=cohort_of(row, "cohort"),
        strength=own_values.whole(row, "strength", low=0, high=GREATEST_STRENGTH),
        criteria=own_values.plain_object(row, "criteria") or {},
        reasons=own_values.texts(row, "reasons"),
        note=own_values.blank_or_text(row, "note", longest=LONGEST_NOTE),
        edited_text=own_values.blank_or_text(row, "edited_text"),
        first_acceptable=own_values.truth(row, "first_acceptable"),
        second_acceptable=own_values.truth(row, "second_acceptable"),
        seconds=own_values.number(row, "seconds", low=0, high=MOST_SECONDS),
        first_was_left=own_values.truth(row, "first_was_left"),
        guidelines_version=own_values.whole(row, "guidelines_version", low=0, high=MOST_VERSIONS)
        or 0,
        is_counted=True if is_counted is None else is_counted,
        judged_at=own_values.moment(row, "judged_at"),
    )


def _of_set(row: Mapping[str, Any]) -> OfSet | None:
    """The set that the comparison is a pair of, if several answers were ranked together."""
    set_id = own_values.own_id(row, "set")
    size = own_values.whole(row, "set_size", low=3, high=MOST_RANKED)
    return None if set_id is None or size is None else OfSet(id=set_id, size=size)


def cohort_of(row: Mapping[str, Any], field: str) -> str:
    return own_values.blank_or_text(row, field, longest=60)


def ruling_of(value: object) -> Ruling | None:
    """A reviewer's ruling on the comparison. Raises: RowError."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise RowError("ruling", value, "This should be an object.")
    try:
        return Ruling(
            verdict=_verdict("verdict", checks.required(value, "verdict")),
            reviewer=checks.text("reviewer", checks.required(value, "reviewer")),
            kind=own_values.kind_of(value, "kind"),
            note=own_values.blank_or_text(value, "note", longest=LONGEST_NOTE),
            first_was_left=own_values.truth(value, "first_was_left"),
            ruled_at=own_values.moment(value, "ruled_at"),
        )
    except RowError as error:
        error.field = f"ruling.{error.field}"
        raise


def _completion(row: Mapping[str, Any], side: str) -> dict[str, Any]:
    value = row[side]
    if not isinstance(value, Mapping):
        raise RowError(side, value, "This should be an object.")
    try:
        return {
            "text": checks.text_or_nothing("text", checks.required(value, "text")),
            "origin": checks.optional_text(value, "origin"),
            "id": own_values.own_id(value, "id"),
            "sampling": own_values.plain_object(value, "sampling"),
        }
    except RowError as error:
        error.field = f"{side}.{error.field}"
        raise


def _cells(row: Mapping[str, Any], side: str) -> dict[str, Any]:
    text = checks.required(row, f"response_{side}")
    return {
        "text": checks.text_or_nothing(f"response_{side}", text),
        "origin": checks.optional_text(row, f"model_{side}"),
        "id": own_values.own_id(row, f"id_{side}"),
        "sampling": own_values.plain_object(row, f"sampling_{side}"),
    }


def _gold(row: Mapping[str, Any]) -> tuple[str, str]:
    """What is right, and what is right as well."""
    expected = _verdict("gold_verdict", row.get("gold_verdict") or "")
    also = _verdict("gold_also", row.get("gold_also") or "")
    if also and (not expected or also == expected):
        raise RowError("gold_also", also, "This is another verdict beside gold_verdict, or empty.")
    return expected, also


def _verdict(field: str, value: object) -> str:
    if value == "" and field.startswith("gold_"):
        return ""
    if not isinstance(value, str) or value not in VERDICTS:
        raise RowError(
            field, value, "This verdict is not known; use first, second, tie or both_bad."
        )
    return value
