"""Rows out of a table in text: CSV, and its kin with other delimiters and line ends.

Cells are kept as they are, with their line breaks. Rows count from 1 as in a spreadsheet, the
header and what stands above it too. After a row that is broken, reading goes on with the line below
its first.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from alignment_core.formats import limits
from alignment_core.formats.checks import LONE_SURROGATE, FileError, RowError
from alignment_core.formats.json_rows import Row
from alignment_core.formats.limits import BLOCK_BYTES, too_long
from alignment_core.formats.unpacking import Bytes

DELIMITERS = ",;\t|"
# Programs that write these seldom quote their cells, so that a quote may be part of the text.
SELDOM_QUOTED = "\t|"
ROWS_LOOKED_AT = 20
CSV, PLAIN = "csv", "plain"
QUOTES = (CSV, PLAIN)  # quotes enclose cells, or are letters like others
# What may stand above the header: empty lines, and Excel's word on the delimiter.
ABOVE_HEADER = re.compile(
    r"(?:[^\S\r\n]*(?:\r\n?|\n))*(?:\"?sep=(.)\"?[^\S\r\n]*(?:\r\n?|\n))?", re.IGNORECASE
)


@dataclass(frozen=True)
class TableText:
    """How a table is written."""

    delimiter: str = ","
    quotes: str = CSV

    def options(self) -> dict[str, Any]:
        quoting = csv.QUOTE_MINIMAL if self.quotes == CSV else csv.QUOTE_NONE
        return {"delimiter": self.delimiter, "quoting": quoting, "strict": True}


def table_text(file: Bytes, *, delimiter: str = "", quotes: str = "") -> TableText:
    """How a table is written, as far as nobody has said it.

    Raises: FileError where two delimiters are as likely, or for a choice that is not known.
    """
    if (delimiter and delimiter not in DELIMITERS) or (quotes and quotes not in QUOTES):
        raise FileError("This delimiter is not known: %(name)s.", {"name": delimiter or quotes})
    head = file.head(BLOCK_BYTES).decode(errors="surrogateescape")
    above = ABOVE_HEADER.match(head)
    if above:
        head = head[above.end() :]
        delimiter = delimiter or _said(above[1])
    delimiter = delimiter or _delimiter(head)
    return TableText(delimiter, quotes or _quotes(head, delimiter))


def _said(delimiter: str | None) -> str:
    return delimiter if delimiter and delimiter in DELIMITERS else ""


def _delimiter(head: str) -> str:
    samples = {mark: _sample(head, TableText(mark)) for mark in DELIMITERS}
    able = [mark for mark, rows in samples.items() if rows and len(rows[0]) > 1]
    even = [mark for mark in able if _is_even(samples[mark])]
    for likely in (even, able):
        if len(likely) == 1:
            return likely[0]
    if len(able) > 1:
        raise FileError(
            "The header can be divided by any of these: %(marks)s. Say which of them it is.",
            {"marks": "  ".join("TAB" if mark == "\t" else mark for mark in able)},
        )
    return ","


def _quotes(head: str, delimiter: str) -> str:
    if delimiter not in SELDOM_QUOTED or _is_even(_sample(head, TableText(delimiter))):
        return CSV
    return PLAIN if _is_even(_sample(head, TableText(delimiter, PLAIN))) else CSV


def _sample(head: str, written: TableText) -> list[list[str]]:
    """The first rows; one that is broken ends them as an empty one."""
    reader = csv.reader(io.StringIO(head, newline=""), **written.options())
    rows: list[list[str]] = []
    try:
        rows += islice(reader, ROWS_LOOKED_AT)
    except csv.Error:
        if len(head) < BLOCK_BYTES:  # else the piece may only end within a cell
            rows.append([])
    return [row for place, row in enumerate(rows) if row or place == len(rows) - 1]


def _is_even(rows: list[list[str]]) -> bool:
    return len({len(row) for row in rows}) == 1


def read_csv(file: Bytes, written: TableText) -> Iterator[Row]:
    """The rows under a header. Raises: FileError for a header that names a column twice."""
    records = _Records(file, written)
    numbered = enumerate(records, start=1)
    below = (cells for _number, cells in numbered if not records.is_above_header(cells))
    header = header_of(next(below, None))
    return _rows(records, numbered, header, ends_with_cr=records.ends_with_cr())


def _rows(
    records: _Records,
    numbered: Iterator[tuple[int, list[str] | RowError]],
    header: Mapping[str, int],
    *,
    ends_with_cr: bool,
) -> Iterator[Row]:
    for number, cells in numbered:
        if isinstance(cells, RowError):
            yield number, cells
        elif any(cells):  # a spreadsheet writes empty rows as delimiters alone
            torn = records.ends_with_cr() and not ends_with_cr
            yield number, named(header, cells, is_torn=torn or records.in_doubt)


def header_of(cells: list[str] | RowError | None) -> dict[str, int]:
    """The place of each column by its name. Raises: FileError."""
    if isinstance(cells, RowError):
        raise FileError("The header cannot be read: %(reason)s", {"reason": cells.message})
    places: dict[str, int] = {}
    for place, cell in enumerate(cells or []):
        name = cell.strip() or f"column {place + 1}"
        if LONE_SURROGATE.search(name):
            raise FileError("The header is not UTF-8.")
        if name in places:
            raise FileError(
                "The header names “%(name)s” twice. Give each column a name of its own.",
                {"name": name[:80]},
            )
        places[name] = place
    return places


def named(
    header: Mapping[str, int], cells: list[str], *, is_torn: bool = False
) -> Mapping[str, Any] | RowError:
    """Cells by the names of their columns, or why there are too many or, where torn, too few."""
    is_long = len(cells) > len(header)
    if is_long or (is_torn and len(cells) < len(header)):
        return RowError(
            "",
            cells[len(header)] if is_long else cells[-1],
            "This row has %(found)d cells, but the header has %(wanted)d.",
            {"found": len(cells), "wanted": len(header)},
        )
    return {name: cells[place] for name, place in header.items() if place < len(cells)}


class _Records(Iterator["list[str] | RowError"]):
    """Records of cells; in place of one that is broken, what is wrong with it.

    A quote that is never closed takes in all that follows. So the lines of a broken record are
    given back, but for its first. What then has an odd quote was part of the record, not a row.
    """

    def __init__(self, file: Bytes, written: TableText) -> None:
        csv.field_size_limit(limits.MAX_ROW_BYTES)
        self.lines = _TextLines(file)
        self.reader = csv.reader(self.lines, **written.options())
        self.quotes = written.quotes
        self.in_doubt = False

    def __next__(self) -> list[str] | RowError:
        self.lines.taken.clear()
        try:
            cells = next(self.reader)
        except RowError as error:
            self.lines.give_back()
            return error
        except csv.Error as error:
            begun = self.lines.taken[0] if self.lines.taken else ""
            self.lines.give_back()
            self.in_doubt = True
            return _not_csv(begun, error)
        if self.in_doubt and sum(line.count('"') for line in self.lines.taken) % 2:
            return RowError("", self.lines.taken[0][:80], "This row follows a quote left open.")
        return cells

    def is_above_header(self, cells: list[str] | RowError) -> bool:
        """Whether the record just given is empty, or Excel's word on the delimiter."""
        if isinstance(cells, RowError):
            return False
        said = ABOVE_HEADER.match("".join(self.lines.taken))
        return not any(map(str.strip, cells)) or bool(said and said[1])

    def ends_with_cr(self) -> bool:
        """Whether the record just given ends with a carriage return alone."""
        return bool(self.lines.taken) and self.lines.taken[-1].endswith("\r")


def _not_csv(begun: str, error: csv.Error) -> RowError:
    if "end of data" in str(error):
        return RowError("", begun[:80], "A quote is opened in this row and never closed.")
    return RowError("", begun[:80], "This row is not CSV: %(reason)s", {"reason": error})


class _TextLines(Iterator[str]):
    """Lines for the CSV parser, whatever ends them; bytes that are not UTF-8 are marked."""

    def __init__(self, file: Bytes) -> None:
        self.text = io.TextIOWrapper(file, encoding="utf-8", errors="surrogateescape", newline="")
        self.given_back: deque[str] = deque()
        self.taken: list[str] = []

    def give_back(self) -> None:
        self.given_back.extendleft(reversed(self.taken[1:]))
        self.taken.clear()

    def __next__(self) -> str:
        line = self.given_back.popleft() if self.given_back else self._read()
        if not line:
            raise StopIteration
        self.taken.append(line)
        return line

    def _read(self) -> str:
        line = self.text.readline(limits.MAX_ROW_BYTES + 1)
        if len(line) <= limits.MAX_ROW_BYTES or line.endswith(("\n", "\r")):
            return line
        n_letters = len(line)
        while rest := self.text.readline(BLOCK_BYTES):
            n_letters += len(rest)
            if rest.endswith(("\n", "\r")):
                break
        raise too_long(f"{n_letters:,} letters: {line[:40]}")  # the parser can be asked again
