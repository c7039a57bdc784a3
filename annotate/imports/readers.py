"""Rows out of a file of any size, a few at a time: JSON Lines, a JSON array, or CSV.

A row that cannot be read is yielded as a RowError, and reading goes on where it can. Rows count
from 1; in CSV the header is row 1, as in a spreadsheet.
"""

import codecs
import csv
import gzip
import json
from collections.abc import Iterator, Mapping
from typing import IO, Any, cast

import ijson
from django.utils.translation import gettext as _

from annotate.errors import InvalidInput
from annotate.imports.checks import LONE_SURROGATE, RowError

MAX_ROW_BYTES = 16 * 2**20  # far above any conversation, far below what memory holds
SKIP_BYTES = 2**16
DELIMITERS = ",;\t"
GZIP_MAGIC = b"\x1f\x8b"
NOT_DATA = {
    b"PK\x03\x04": "Excel or ZIP",
    b"PAR1": "Parquet",
    b"%PDF": "PDF",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}

Row = tuple[int, Mapping[str, Any] | RowError]


def open_plain(file: IO[bytes]) -> IO[bytes]:
    """The file itself, or what a .gz holds, unpacked as it is read."""
    start = file.read(4)
    file.seek(0)
    return cast("IO[bytes]", gzip.open(file)) if start.startswith(GZIP_MAGIC) else file


def read_rows(file: IO[bytes]) -> Iterator[Row]:
    """The rows of a file, whichever of the three it is. Raises: InvalidInput if it is none."""
    start = file.read(4096)
    file.seek(0)
    for magic, name in NOT_DATA.items():
        if start.startswith(magic):
            raise InvalidInput(
                _("This is not text but %(name)s. Save it as CSV or JSON Lines in UTF-8.")
                % {"name": name},
                field="file",
            )
    if start.startswith(codecs.BOM_UTF8):
        start = start[len(codecs.BOM_UTF8) :]
        file.seek(len(codecs.BOM_UTF8))
    begin = start.lstrip()[:1]
    if not begin:
        raise InvalidInput(_("The file is empty."), field="file")
    if begin == b"[":
        return read_json_array(file)
    return read_json_lines(file) if begin == b"{" else read_csv(file)


def read_json_lines(file: IO[bytes]) -> Iterator[Row]:
    for number, line in enumerate(_Lines(file), start=1):
        if isinstance(line, RowError):
            yield number, line
        elif line.strip():
            yield number, _parsed_line(line)


def _parsed_line(line: bytes) -> Mapping[str, Any] | RowError:
    try:
        value = json.loads(line.decode())
    except UnicodeDecodeError as error:
        return RowError(
            "", f"byte {error.start + 1}: {line[error.start : error.end]!r}", _("Not UTF-8.")
        )
    except (ValueError, RecursionError) as error:
        return RowError(
            "",
            line[:200].decode(errors="replace"),
            _("This line is not one whole JSON object: %(reason)s") % {"reason": error},
        )
    if not isinstance(value, dict):
        return RowError("", value, _("This line is not a JSON object."))
    return value


class _Lines:
    """A file's lines as bytes; one that is too long is skipped without being held in memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def __iter__(self) -> Iterator[bytes | RowError]:
        while line := self.file.readline(MAX_ROW_BYTES + 1):
            if len(line) > MAX_ROW_BYTES and not line.endswith(b"\n"):
                yield self._skipped(line)
            else:
                yield line

    def _skipped(self, line: bytes) -> RowError:
        n_bytes = len(line)
        while rest := self.file.readline(SKIP_BYTES):
            n_bytes += len(rest)
            if rest.endswith(b"\n"):
                break
        return _too_long(f"{n_bytes:,} bytes: {line[:40].decode(errors='replace')}")


def _too_long(value: str) -> RowError:
    return RowError(
        "", value, _("This row is longer than %(n)d MiB.") % {"n": MAX_ROW_BYTES // 2**20}
    )


class _Capped:
    """A file for a parser that must not take in more than one row's worth before it gives one."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.n_since_row = 0

    def read(self, size: int = -1) -> bytes:
        if self.n_since_row > MAX_ROW_BYTES + 2 * SKIP_BYTES:
            raise _too_long("")
        block = self.file.read(min(size, SKIP_BYTES) if size > 0 else size)
        self.n_since_row += len(block)
        return block


def read_json_array(file: IO[bytes]) -> Iterator[Row]:
    """The objects of one array. After an item that is not JSON, nothing more can be read."""
    capped = _Capped(file)
    number = 0
    try:
        for number, item in enumerate(ijson.items(capped, "item", use_float=True), start=1):
            capped.n_since_row = 0
            if isinstance(item, dict):
                yield number, item
            else:
                yield number, RowError("", item, _("This entry is not a JSON object."))
    except RowError as error:
        error.message += " " + _("Nothing after it was read.")
        yield number + 1, error
    except (ijson.JSONError, ValueError, UnicodeDecodeError, RecursionError) as error:
        reason = str(error).split("\n")[0]
        yield (
            number + 1,
            RowError(
                "",
                "",
                _("Not JSON from here on, and nothing after it was read: %(reason)s")
                % {"reason": reason},
            ),
        )


class _TextLines:
    """Lines for the CSV parser; bytes that are not UTF-8 are marked, so that it keeps in step."""

    def __init__(self, file: IO[bytes]) -> None:
        self.lines = iter(_Lines(file))

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        if isinstance(line, RowError):
            raise line  # the parser can be asked for the next row all the same
        return line.decode(errors="surrogateescape")


def read_csv(file: IO[bytes]) -> Iterator[Row]:
    """The rows under a header; cells are kept as they are, with their line breaks."""
    csv.field_size_limit(MAX_ROW_BYTES)
    lines = _TextLines(file)
    try:
        header_line = next(lines)
    except RowError as error:
        yield 1, error
        return
    delimiter = max(DELIMITERS, key=header_line.count)
    header = next(csv.reader([header_line], delimiter=delimiter))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 1
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except RowError as error:
            yield number, error
        except csv.Error as error:
            yield number, RowError("", "", _("This row is not CSV: %(reason)s") % {"reason": error})
        else:
            if cells:
                yield number, _named(header, cells)


def _named(header: list[str], cells: list[str]) -> Mapping[str, Any] | RowError:
    if len(cells) > len(header):
        return RowError(
            "",
            cells[len(header)],
            _("This row has %(found)d cells, but the header has %(wanted)d.")
            % {"found": len(cells), "wanted": len(header)},
        )
    for column in header:
        if LONE_SURROGATE.search(column):
            return RowError("", column, _("The header is not UTF-8."))
    return dict(zip([column.strip() for column in header], cells, strict=False))
