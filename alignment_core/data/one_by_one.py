"""Edited answers, where completions are learnt from one by one and not as pairs.

The records of an edit say edited > chosen and edited > rejected. Neither makes the other answer any
worse than the votes found it, so what learns from single completions takes the edited answer, once.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator

from alignment_core.data.records import DEMONSTRATION, EDIT, PreferenceRecord

REPLACED, REPEATED = "replaced_by_edit", "repeats_edit"  # why a record is left out
Numbered = tuple[int, PreferenceRecord]  # a row's number, and its record


def one_by_one(
    records: Iterable[Numbered], dropped: Counter[str], *, in_place: bool
) -> Iterator[Numbered]:
    """The records, where each edit is one good completion by itself.

    Args:
        records: a preference stands directly before the records of its edits.
        dropped: counts what is left out, by reason.
        in_place: leave out a preference that was edited, as its chosen answer is not the best that
            is known.
    """
    before: Numbered | None = None  # a preference that may turn out to be edited
    taken: PreferenceRecord | None = None  # the last edit
    for row, record in records:
        if record.resolved_by != EDIT:
            if before is not None:
                yield before
            before, taken = (row, record), None
            continue
        if before is not None:
            if in_place and _is_of(record, before[1]):
                dropped[REPLACED] += 1
            else:
                yield before
            before = None
        if taken is not None and _says_the_same(record, taken):
            dropped[REPEATED] += 1
        else:
            yield row, dataclasses.replace(record, outcome=DEMONSTRATION, rejected="")
        taken = record
    if before is not None:
        yield before


def _is_of(edit: PreferenceRecord, preference: PreferenceRecord) -> bool:
    """Whether an edit's first record was made from the chosen answer of a preference."""
    return edit.prompt == preference.prompt and edit.rejected == preference.chosen


def _says_the_same(record: PreferenceRecord, edit: PreferenceRecord) -> bool:
    return record.prompt == edit.prompt and record.chosen == edit.chosen
