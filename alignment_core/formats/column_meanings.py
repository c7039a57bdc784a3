"""Columns by other names: what each of them is, guessed from its name or as somebody has said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alignment_core.formats import content, naming
from alignment_core.formats.checks import FileError, RowError
from alignment_core.formats.json_rows import Row

# What a column can be, and by which other names others call it.
MEANINGS: dict[str, tuple[str, ...]] = {
    "prompt": naming.PROMPTS,
    "chosen": ("chosen", "preferred", "better", "accepted", "good", "winner_text", "positive"),
    "rejected": ("rejected", "dispreferred", "worse", "bad", "loser_text", "negative"),
    "response_a": tuple(first for first, _second in naming.ANSWERS),
    "response_b": tuple(second for _first, second in naming.ANSWERS),
    "winner": ("winner", "choice", "preference", "label", "verdict", "vote", "judgement"),
    "annotator": ("annotator", "judge", "worker", "worker_id", "rater", "user_id", "labeler"),
    "model_a": tuple(first for first, _second in naming.MODELS),
    "model_b": tuple(second for _first, second in naming.MODELS),
    "id": ("id", "task_id", "prompt_id", "question_id", "uid", "idx", "index"),
    "language": ("language", "lang", "locale"),
    "tags": ("tags", "tag", "category", "topic", "source"),
}
PAIRS = (("chosen", "rejected"), ("response_a", "response_b"))
TEXTS = ("prompt", *PAIRS[1])
SAYS_WHICH = ("winner", "annotator")  # which of two answers is better
VOTE_A_ROW = {"annotator": "annotator", "winner": "choice", "id": "task_id"}
UNJUDGED = {
    "response_a": "completion_a", "response_b": "completion_b",
    "model_a": "origin_a", "model_b": "origin_b",
}  # fmt: skip
PREFERRED = {"model_a": "origin_chosen", "model_b": "origin_rejected"}


def guessed(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The meanings of columns: by their names, else the three longest texts in their order."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    alike = {name.lower().replace("-", "_").replace(" ", "_"): name for name in reversed(names)}
    found: dict[str, str] = {}
    for meaning, others in MEANINGS.items():
        known = (alike[other.replace("-", "_").lower()] for other in others if _key(other) in alike)
        name = next((name for name in known if name not in found.values()), None)
        if name is not None:
            found[meaning] = name
    if not any(first in found and second in found for first, second in PAIRS):
        found |= _by_length(rows, [name for name in names if name not in found.values()], found)
    return _of_one_pair(found)


def _of_one_pair(found: Mapping[str, str]) -> dict[str, str]:
    """Without what would stand beside a whole pair and not be read."""
    is_ranked = all(side in found for side in PAIRS[0])
    beside = (*PAIRS[1], *SAYS_WHICH) if is_ranked else PAIRS[0]
    return {meaning: name for meaning, name in found.items() if meaning not in beside}


def _key(name: str) -> str:
    return name.replace("-", "_").lower()


def _by_length(
    rows: Sequence[Mapping[str, Any]], names: list[str], found: Mapping[str, str]
) -> dict[str, str]:
    wanted = [meaning for meaning in TEXTS if meaning not in found]
    lengths = {name: _length_of([row.get(name) for row in rows]) for name in names}
    longest = sorted(names, key=lambda name: -lengths[name])[: len(wanted)]
    chosen = [name for name in names if name in longest and lengths[name]]
    return dict(zip(wanted, chosen, strict=False))


def _length_of(cells: Sequence[Any]) -> int:
    return sum(len(cell) for cell in cells if isinstance(cell, str))


def check(columns: Mapping[str, str]) -> None:
    """Raises: FileError for a mapping that makes no pair of answers to a prompt."""
    unknown = [meaning for meaning in columns if meaning not in MEANINGS]
    if unknown:
        raise FileError("No column can be this: %(name)s.", {"name": unknown[0][:40]})
    if len(set(columns.values())) < len(columns):
        raise FileError("One column cannot be two things.")
    if "annotator" in columns and "winner" not in columns:
        raise FileError("Say which column holds the votes of the annotators.")
    sides = tuple(side for pair in PAIRS for side in pair if side in columns)
    if "prompt" not in columns or sides not in PAIRS:
        raise FileError(
            "Say which column is the prompt, and either which are the better and the worse answer "
            "or which are the first and the second."
        )
    if "chosen" in columns and any(meaning in columns for meaning in SAYS_WHICH):
        raise FileError("Which answer is better is said twice. Name either columns or votes.")


def renamed(rows: Iterator[Row], columns: Mapping[str, str]) -> Iterator[Row]:
    """Rows with the fields that a known format has.

    Columns that nobody named are left out, but for those that change what an answer means: a
    format refuses them.
    """
    named = set(columns.values())
    unshown = {name: name for name in content.OF_ROW if name not in named}
    fields = unshown | names_of_fields(columns)
    for number, row in rows:
        if isinstance(row, RowError):
            yield number, row
        else:
            yield number, {field: row[name] for field, name in fields.items() if name in row}


def names_of_fields(columns: Mapping[str, str]) -> dict[str, str]:
    """What the fields of a known format are called in the file."""
    return {_field(meaning, columns): name for meaning, name in columns.items()}


def _field(meaning: str, columns: Mapping[str, str]) -> str:
    if "chosen" in columns:
        return PREFERRED.get(meaning, meaning)
    if "annotator" in columns and "winner" in columns:
        return VOTE_A_ROW.get(meaning, meaning)
    return meaning if "winner" in columns else UNJUDGED.get(meaning, meaning)
