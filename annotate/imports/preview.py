"""A look at a file before it is imported: what it is, its first pairs, what would come of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any

from django.db import transaction

from alignment_core.formats.checks import RowError, legible
from alignment_core.formats.column_meanings import guessed, names_of_fields, renamed
from alignment_core.formats.encodings import candidates
from alignment_core.formats.known import AUTO
from alignment_core.formats.readers import Found, Row
from alignment_core.formats.rows import NewComparison, NewCompletion
from alignment_core.formats.unpacking import Bytes
from alignment_core.formats.unread import unread_columns
from annotate.errors import InvalidInput
from annotate.imports.as_judged import AsJudged, as_judged
from annotate.imports.batches import Added, BatchWriter
from annotate.imports.error_report import ErrorReport, comparisons_in
from annotate.imports.unanswered import UnansweredPrompts
from annotate.imports.words import AS_FOUND, Reading, check_columns, format_named, found_in
from annotate.models import ComparisonState, Project, RecordedUse

LOOKED_AT = 200  # rows
LOOKED_CHARACTERS = 2**24
SHOWN_PAIRS = 10
SHOWN_ERRORS = 10
HEAD_BYTES = 2**16


@dataclass
class Preview:
    """What would come of the first rows; `refusal` says why nothing would."""

    found: Found | None = None
    format: str = ""
    refusal: str = ""
    n_rows: int = 0
    is_whole: bool = True
    columns: list[str] = field(default_factory=list)
    guess: dict[str, str] = field(default_factory=dict)
    encodings: list[tuple[str, str]] = field(default_factory=list)
    pairs: list[NewComparison] = field(default_factory=list)
    work: list[AsJudged] = field(default_factory=list)
    prompts: list[NewCompletion] = field(default_factory=list)  # without answers
    added: Added = field(default_factory=Added)
    n_alike: int = 0
    n_wrong: int = 0
    n_waiting: int = 0  # single answers whose partner may follow
    unread: list[str] = field(default_factory=list)  # columns that nothing reads
    errors: list[dict[str, Any]] = field(default_factory=list)


def preview_of(
    project: Project,
    file: IO[bytes],
    *,
    format: str = AUTO,
    recorded_use: str = RecordedUse.HOLD,
    reading: Reading = AS_FOUND,
) -> Preview:
    """Read the first rows as an import would, and store nothing."""
    seen = Preview(encodings=candidates(_head(file)))
    try:
        seen.found, rows = found_in(file, Reading(reading.wording))
        first = list(_first(rows))
        seen.is_whole = next(rows, None) is None
        _look(project, seen, first, format, recorded_use, reading.columns)
    except InvalidInput as error:
        seen.refusal = str(error)
    return seen


def _first(rows: Iterator[Row]) -> Iterator[Row]:
    """As many as are looked at; fewer where they are long, as all are held at once."""
    n_characters = 0
    for row in islice(rows, LOOKED_AT):
        yield row
        n_characters += len(str(row))
        if n_characters > LOOKED_CHARACTERS:
            return


def _head(file: IO[bytes]) -> bytes:
    head = Bytes(file).head(HEAD_BYTES)
    file.seek(0)
    return head


def _look(
    project: Project,
    seen: Preview,
    rows: list[Row],
    format: str,
    recorded_use: str,
    columns: Mapping[str, str],
) -> None:
    """Fill in what the rows are. Raises: InvalidInput where they are of no known format."""
    good = [row for _number, row in rows if not isinstance(row, RowError)]
    seen.n_rows = len(rows)
    names = dict.fromkeys(str(name) for row in good for name in row)
    seen.columns = [name for name in names if name == legible(name)]
    seen.guess = {what: name for what, name in guessed(good).items() if name in seen.columns}
    if columns:
        check_columns(columns)
    report = ErrorReport(names=names_of_fields(columns), is_of_beginning=not seen.is_whole)
    alone: list[NewCompletion] = []
    pairs = list(
        comparisons_in(
            _renamed(rows, columns),
            format_name=format,
            recorded_use=recorded_use,
            report=report,
            take_prompt=alone.append,
        )
    )
    seen.format, seen.errors = report.format_name, report.errors[:SHOWN_ERRORS]
    seen.n_wrong, seen.n_alike, seen.n_waiting = report.n_wrong, report.n_alike, report.n_alone
    seen.unread = _unread(seen, good, columns)
    seen.pairs = pairs[:SHOWN_PAIRS]
    seen.work = as_judged(project, pairs, most=SHOWN_PAIRS)
    seen.prompts = alone[:SHOWN_PAIRS]
    seen.added = _tried(project, pairs, alone)


def _unread(seen: Preview, rows: list[Mapping[str, Any]], columns: Mapping[str, str]) -> list[str]:
    """The columns that can be shown and that nothing reads."""
    if columns:
        unread = [name for name in seen.columns if name not in columns.values()]
    else:
        unread = unread_columns(format_named(seen.format), rows) if seen.format else []
    return [name for name in unread if name in seen.columns]


def _renamed(rows: list[Row], columns: Mapping[str, str]) -> Iterator[Row]:
    return renamed(iter(rows), columns) if columns else iter(rows)


class _Undo(Exception):
    """Nothing of a trial stays."""


def _tried(project: Project, pairs: list[NewComparison], prompts: list[NewCompletion]) -> Added:
    """What would be added, found out by adding it and taking it back."""
    added = Added()
    try:
        with transaction.atomic():
            writer = BatchWriter(project=project, source=None, state=ComparisonState.STAGED)
            unanswered = UnansweredPrompts(project, source=None)
            for prompt in prompts:
                unanswered.take(prompt)
            unanswered.flush()
            added = writer.write(pairs) + unanswered.added
            raise _Undo
    except _Undo:
        return added
