"""Our own format: a prompt and two completions that nobody has judged yet.

{"prompt": text or messages, "completions": [text or {"text", "origin"}, the same],
 "id"?, "tags"?, "language"?, "recorded"?: "a" | "b" | "tie" | "both_bad"}
or, in columns: prompt, completion_a, completion_b, origin_a?, origin_b?
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_core.formats import checks
from alignment_core.formats.checks import RowError
from alignment_core.formats.prompts import prompt_of
from alignment_core.formats.rows import NewComparison

LIST_NEEDS = ("prompt", "completions")
NEEDS = ("prompt", "completion_a", "completion_b")


def fits(row: Mapping[str, Any]) -> bool:
    return True


def fits_list(row: Mapping[str, Any]) -> bool:
    return isinstance(row["completions"], list)


def parse_list(row: Mapping[str, Any]) -> NewComparison:
    entries = checks.required(row, "completions")
    if not isinstance(entries, list) or len(entries) != 2:
        raise RowError("completions", entries, "This should be a list of two completions.")
    (first, first_origin), (second, second_origin) = (
        _completion(f"completions[{place}]", entry) for place, entry in enumerate(entries)
    )
    checks.different("completions[1]", first, second)
    return _comparison(row, (first, first_origin), (second, second_origin))


def parse(row: Mapping[str, Any]) -> NewComparison:
    first = checks.required_text(row, "completion_a")
    second = checks.required_text(row, "completion_b")
    checks.different("completion_b", first, second)
    return _comparison(
        row,
        (first, checks.optional_text(row, "origin_a")),
        (second, checks.optional_text(row, "origin_b")),
    )


def _completion(field: str, entry: object) -> tuple[str, str]:
    if isinstance(entry, Mapping):
        return (
            checks.text(f"{field}.text", entry.get("text")),
            checks.optional_text(entry, "origin"),
        )
    return checks.text(field, entry), ""


def _comparison(
    row: Mapping[str, Any], first: tuple[str, str], second: tuple[str, str]
) -> NewComparison:
    recorded = row.get("recorded")
    return NewComparison(
        **prompt_of(row),
        first_text=first[0],
        first_origin=first[1],
        second_text=second[0],
        second_origin=second[1],
        recorded_verdict=checks.choice("recorded", recorded) if recorded else "",
    )
