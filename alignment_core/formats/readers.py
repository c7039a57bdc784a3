"""Rows out of a file of any size, a few at a time: JSON Lines, a JSON array, CSV or Parquet.

A row that cannot be read is yielded as a RowError, and reading goes on where it can. Rows count
from 1; in CSV the header is row 1, as in a spreadsheet.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import importlib
import json
from collections.abc import Iterator, Mapping
from typing import IO, Any, cast

from alignment_core.formats.checks import LONE_SURROGATE, FileError, RowError

MAX_ROW_BYTES = 16 * 2**20  # far above any conversation, far below what memory holds
PARQUET_ROWS = 256  # in memory at a time
SKIP_BYTES = 2**16
MOST_DEEP = 500  # brackets of a row that are open at once, far above any conversation
DELIMITERS = ",;\t"
PARQUET_MAGIC = b"PAR1"
GZIP_MAGIC = b"\x1f\x8b"
NOT_DATA = {
    b"PK\x03\x04": "Excel or ZIP",
    b"%PDF": "PDF",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


class EmptyFile(FileError):
    """A file with nothing in it."""


Row = tuple[int, Mapping[str, Any] | RowError]


def open_plain(file: IO[bytes]) -> IO[bytes]:
    """The file itself, or what a .gz holds, unpacked as it is read."""
    start = file.read(4)
    file.seek(0)
    return cast("IO[bytes]", gzip.open(file)) if start.startswith(GZIP_MAGIC) else file


def read_rows(file: IO[bytes]) -> Iterator[Row]:
    """The rows of a file, whichever of the four it is. Raises: FileError if it is none."""
    start = file.read(4096)
    file.seek(0)
    if start.startswith(PARQUET_MAGIC):
        return read_parquet(file)
    for magic, name in NOT_DATA.items():
        if start.startswith(magic):
            raise FileError(
                "This is not text but %(name)s. Save it as CSV or JSON Lines in UTF-8.",
                {"name": name},
            )
    if start.startswith(codecs.BOM_UTF8):
        start = start[len(codecs.BOM_UTF8) :]
        file.seek(len(codecs.BOM_UTF8))
    begin = start.lstrip()[:1]
    if not begin:
        raise EmptyFile("The file is empty.")
    if begin == b"[":
        return read_json_array(file)
    return read_json_lines(file) if begin == b"{" else read_csv(file)


def read_parquet(file: IO[bytes]) -> Iterator[Row]:
    """The rows of a Parquet file. Raises: FileError where no package reads it, or it is broken."""
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ModuleNotFoundError as error:
        raise FileError(
            "Parquet needs the package pyarrow, which is not installed. Install it, or save the "
            "file as JSON Lines."
        ) from error
    try:
        whole = parquet.ParquetFile(file)
    except (OSError, ValueError) as error:
        raise FileError("This Parquet file is broken: %(reason)s", {"reason": error}) from error
    return enumerate(_rows_of(whole), start=1)


def _rows_of(parquet: Any) -> Iterator[Mapping[str, Any]]:
    for batch in parquet.iter_batches(batch_size=PARQUET_ROWS):
        yield from batch.to_pylist()


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
            "", f"byte {error.start + 1}: {line[error.start : error.end]!r}", "Not UTF-8."
        )
    except (ValueError, RecursionError) as error:
        return RowError(
            "",
            line[:200].decode(errors="replace"),
            "This line is not one whole JSON object: %(reason)s",
            {"reason": error},
        )
    if not isinstance(value, dict):
        return RowError("", value, "This line is not a JSON object.")
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
    return RowError("", value, "This row is longer than %(n)d MiB.", {"n": MAX_ROW_BYTES // 2**20})


class _Capped:
    """A file for a parser that must not take in more than one row's worth before it gives one."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.n_since_row = 0
        self.depth = 0  # about: brackets inside texts count too

    def read(self, size: int = -1) -> bytes:
        if self.n_since_row > MAX_ROW_BYTES + 2 * SKIP_BYTES:
            raise _too_long("")
        block = self.file.read(min(size, SKIP_BYTES) if size > 0 else size)
        self.n_since_row += len(block)
        self.depth += sum(block.count(byte) for byte in (b"[", b"{"))
        self.depth -= sum(block.count(byte) for byte in (b"]", b"}"))
        if self.depth > MOST_DEEP:  # the parser's memory grows with the square of it
            raise RowError("", "", "This row is nested too deeply.")
        return block


def read_json_array(file: IO[bytes]) -> Iterator[Row]:
    """The objects of one array. After an item that is not JSON, nothing more can be read."""
    import ijson  # the light installation reads lines and tables alone

    capped = _Capped(file)
    number = 0
    try:
        for number, item in enumerate(ijson.items(capped, "item", use_float=True), start=1):
            capped.n_since_row = capped.depth = 0
            if isinstance(item, dict):
                yield number, item
            else:
                yield number, RowError("", item, "This entry is not a JSON object.")
    except RowError as error:
        error.add("Nothing after it was read.")
        yield number + 1, error
    except (ijson.JSONError, ValueError, UnicodeDecodeError, RecursionError) as error:
        reason = str(error).split("\n")[0]
        yield (
            number + 1,
            RowError(
                "",
                "",
                "Not JSON from here on, and nothing after it was read: %(reason)s",
                {"reason": reason},
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
            yield number, RowError("", "", "This row is not CSV: %(reason)s", {"reason": error})
        else:
            if cells:
                yield number, _named(header, cells)


def _named(header: list[str], cells: list[str]) -> Mapping[str, Any] | RowError:
    if len(cells) > len(header):
        return RowError(
            "",
            cells[len(header)],
            "This row has %(found)d cells, but the header has %(wanted)d.",
            {"found": len(cells), "wanted": len(header)},
        )
    for column in header:
        if LONE_SURROGATE.search(column):
            return RowError("", column, "The header is not UTF-8.")
    return dict(zip([column.strip() for column in header], cells, strict=False))
