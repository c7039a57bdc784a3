"""Records of whatever file somebody has: our own, or any of the formats that are known.

Light. Fields that nothing reads are kept aside and counted; what has no place in a record is left
out and counted by reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from alignment_core.data.dataset_info import described_columns
from alignment_core.data.given_rows import (
    Watched,
    record_of_pair,
    records_of_completions,
    with_all_votes,
)
from alignment_core.data.records import (
    FIELDS,
    PreferenceRecord,
    message_text,
    parse_record,
)
from alignment_core.errors import RecordError
from alignment_core.files import cannot_read, opened, text_of
from alignment_core.formats.checks import FileError, RowError
from alignment_core.formats.content import refuse_unshown
from alignment_core.formats.known import FORMATS, OF_ONE, Format, detect
from alignment_core.formats.ranked_sets import NewSet
from alignment_core.formats.readers import EmptyFile, Row, read_rows
from alignment_core.formats.rows import NewComparison, NewCompletion
from alignment_core.formats.unpacking import unpacked

OWN = "records"
VOTE_A_ROW = ("votes_csv", "judgements", "judgements_table")
Record = tuple[int, str | None, PreferenceRecord | RecordError]  # row, id, and what it says
Parse = Callable[[int, Mapping[str, Any]], PreferenceRecord | None]
TABLES = {".jsonl", ".json", ".csv", ".tsv", ".gz", ".parquet"}


@dataclass
class GivenFile:
    """A file of preferences, and what was found in it once its records have been read.

    Args:
        path: JSON Lines, a JSON array, CSV or Parquet, the first three also as .gz.
        given_as: the name under which it was given, for refusals.
        info: a dataset_info.json that describes it; by default one that lies beside it.
        dataset: the entry of it, where its name does not tell.
    """

    path: Path
    given_as: str = "data"
    info: Path | None = None
    dataset: str | None = None
    format: str = ""
    described_by: str = ""  # the entry of dataset_info.json, where that has one
    n_rows: int = 0
    unused: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)

    def records(self) -> Iterator[PreferenceRecord]:
        """The records in the order of the file; those of labelled completions at its end.

        Raises: Refused if the file cannot be read or is of no known format, RecordError at the
            first row that cannot be read, naming row, field and value.
        """
        for _, _, record in self.rows():
            if isinstance(record, RecordError):
                raise record
            yield record

    def rows(self) -> Iterator[Record]:
        """As `records`, with the row and its id, and why one cannot be read in its place.

        Raises: Refused if the file cannot be read or is of no known format.
        """
        try:
            with opened(self.path, field=self.given_as) as file:
                yield from self._records(read_rows(file))
        except EmptyFile as error:
            if self._holds_something():
                raise cannot_read(
                    self.path, ValueError("it holds no row"), field=self.given_as
                ) from error
        except FileError as error:
            raise cannot_read(self.path, ValueError(error.message), field=self.given_as) from error

    def _holds_something(self) -> bool:
        """Whether there is more than blanks, such as a header or a number by itself."""
        with opened(self.path, field=self.given_as) as file:
            return any(line.strip() for line in unpacked(file)[1])

    def as_json(self) -> dict[str, Any]:
        """What was found, as plain values."""
        return {
            "format": self.format,
            **({"described_by": self.described_by} if self.described_by else {}),
            "n_rows": self.n_rows,
            "unused_fields": dict(self.unused),
            "dropped": dict(self.dropped),
        }

    def _records(self, rows: Iterator[Row]) -> Iterator[Record]:
        first, taken = _first_readable(rows)
        if first is None and not taken:
            raise EmptyFile("this file holds no row")
        if first is None:
            yield from ((number, None, _of_row(number, row)) for number, row in taken)
            return
        every = chain(taken, rows)
        described = described_columns(self.path, info=self.info, dataset=self.dataset)
        if described is not None:
            self.format, self.described_by = described.format.name, described.name
            yield from self._converted(every, described.format)
            return
        if _is_own(first):
            self.format = OWN
            yield from self._parsed(every, self._own)
            return
        found = detect(first, (*FORMATS, *OF_ONE))
        self.format = found.name
        yield from self._converted(every, found)

    def _own(self, number: int, row: Mapping[str, Any]) -> PreferenceRecord:
        refuse_unshown(row)
        self.unused.update(name for name in row if name not in FIELDS)
        return parse_record({name: row[name] for name in FIELDS if name in row}, row=number)

    def _converted(self, rows: Iterator[Row], found: Format) -> Iterator[Record]:
        """Pairs one by one; votes and completions that belong together once all are read."""
        completions: list[tuple[int, NewCompletion]] = []
        votes: list[tuple[int, NewComparison]] = []

        def convert(number: int, row: Mapping[str, Any]) -> PreferenceRecord | None:
            watched = Watched(row)
            given = found.read(watched)
            self.unused.update(watched.unread(found.read_within))
            if isinstance(given, list):
                completions.extend((number, one) for one in given)
                if not given:
                    self.dropped["weight_0"] += 1
            elif isinstance(given, NewCompletion):
                completions.append((number, given))
            elif isinstance(given, NewSet):
                votes.extend((number, pair) for pair in given.pairs())
            elif found.name in VOTE_A_ROW:
                votes.append((number, given))
            else:
                return record_of_pair(number, given, self.dropped)
            return None

        yield from self._parsed(rows, convert)
        for number, pair in with_all_votes(votes):
            record = record_of_pair(number, pair, self.dropped)
            if record is not None:
                yield number, record.id, record
        for number, record in records_of_completions(completions):
            yield number, record.id, record

    def _parsed(self, rows: Iterator[Row], parse: Parse) -> Iterator[Record]:
        for number, row in rows:
            self.n_rows += 1
            if isinstance(row, RowError):
                yield number, None, _of_row(number, row)
                continue
            try:
                record = parse(number, row)
            except RowError as error:
                yield number, _id_of(row), _of_row(number, error)
            except RecordError as error:
                yield number, _id_of(row), error
            else:
                if record is not None:
                    yield number, record.id, record


def texts_of_file(path: Path) -> Iterator[str]:
    """Every text of a file of records or of a known format, or every line of a plain text file.

    Raises: Refused, RecordError.
    """
    if path.suffix not in TABLES:
        yield from text_of(path, field="data").splitlines()
        return
    for record in GivenFile(path).records():
        yield from (message_text(message) for message in record.prompt)
        yield from (text for text in (record.chosen, record.rejected) if text)


def _is_own(row: Mapping[str, Any]) -> bool:
    """Whether a row is a record of ours: its prompt is messages, its completions are texts."""
    return isinstance(row.get("prompt"), list) and all(
        isinstance(row.get(side), str) for side in ("chosen", "rejected")
    )


def _first_readable(rows: Iterator[Row]) -> tuple[Mapping[str, Any] | None, list[Row]]:
    """The first row that can be read, and all that were taken for it."""
    taken: list[Row] = []
    for number, row in rows:
        taken.append((number, row))
        if not isinstance(row, RowError):
            return row, taken
    return None, taken


def _of_row(number: int, error: Mapping[str, Any] | RowError) -> RecordError:
    if not isinstance(error, RowError):
        raise TypeError("a row that can be read is no error")
    return RecordError(number, error.field or None, error.value, error.message, reason=error.reason)


def _id_of(row: Mapping[str, Any]) -> str | None:
    value = row.get("id")
    return value if isinstance(value, str) else None
