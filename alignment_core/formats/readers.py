"""Rows out of a file of any size, a few at a time, whatever kind of file it is.

A row that cannot be read is yielded as a RowError, and reading goes on where it can. Whatever a
parser raises ends as a sentence with a row: nothing but FileError and RowError leaves this room.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from alignment_core.formats.binary_tables import read_parquet, read_workbook
from alignment_core.formats.checks import FileError, RowError, shown
from alignment_core.formats.csv_rows import read_csv, table_text
from alignment_core.formats.encodings import as_utf8
from alignment_core.formats.json_rows import Row, read_json
from alignment_core.formats.unpacking import ZIP_MAGIC, Bytes, unpacked

__all__ = ["EmptyFile", "Found", "Row", "Wording", "open_rows", "read_rows"]

logger = logging.getLogger(__name__)
PARQUET_MAGIC = b"PAR1"
NOT_DATA = {
    b"%PDF": "PDF",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
}


class EmptyFile(FileError):
    """A file with nothing in it."""


@dataclass(frozen=True, kw_only=True)
class Wording:
    """How a file is to be read where somebody has said it; what is empty is found out."""

    encoding: str = ""
    delimiter: str = ""
    quotes: str = ""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a file turned out to be: its kind, how it is packed, and how its text is written."""

    kind: str
    packed: str = ""
    encoding: str = ""
    delimiter: str = ""
    quotes: str = ""


def read_rows(file: IO[bytes], asked: Wording = Wording()) -> Iterator[Row]:
    """The rows of a file of any kind. Raises: FileError if it is none that is read."""
    return open_rows(file, asked)[1]


def open_rows(file: IO[bytes], asked: Wording = Wording()) -> tuple[Found, Iterator[Row]]:
    """What a file is, and its rows. Raises: FileError if it is none that is read."""
    with in_a_sentence():
        packed, plain = unpacked(file)
        found, rows = _of_kind(plain, packed, asked)
        return found, _guarded(rows)


@contextmanager
def in_a_sentence() -> Iterator[None]:
    """Parsers raise whatever they raise. Raises: FileError in its place."""
    try:
        yield
    except RowError:
        raise
    except Exception as error:  # each parser's own, none of which may end a worker
        logger.info("A file could not be read", exc_info=True)
        raise FileError("It cannot be read: %(reason)s", {"reason": _reason(error)}) from error


def _reason(error: Exception) -> str:
    said = str(error).strip().split("\n")[0]
    return shown(said or type(error).__name__)


def _guarded(rows: Iterator[Row]) -> Iterator[Row]:
    number = 0
    while True:
        try:
            with in_a_sentence():
                number, row = next(rows, (number, None))
        except RowError as error:
            error.add("Nothing after it was read.")
            yield number + 1, error
            return
        if row is None:
            return
        yield number, row


def _of_kind(file: Bytes, packed: str, asked: Wording) -> tuple[Found, Iterator[Row]]:
    start = file.head(4096)
    for magic, (kind, read) in BINARY.items():
        if start.startswith(magic):
            return Found(kind=kind, packed=packed), read(file)
    for magic, name in NOT_DATA.items():
        if start.startswith(magic):
            raise FileError(
                "This is not text but %(name)s. Save it as CSV or JSON Lines in UTF-8.",
                {"name": name},
            )
    encoding, text = as_utf8(file, asked.encoding)
    begin = text.head(4096).lstrip()[:1]
    if not begin:
        raise EmptyFile("The file is empty.")
    if begin in (b"[", b"{"):
        return Found(kind="json", packed=packed, encoding=encoding), read_json(text)
    written = table_text(text, delimiter=asked.delimiter, quotes=asked.quotes)
    found = Found(
        kind="csv",
        packed=packed,
        encoding=encoding,
        delimiter=written.delimiter,
        quotes=written.quotes,
    )
    return found, read_csv(text, written)


BINARY: dict[bytes, tuple[str, Callable[[Bytes], Iterator[Row]]]] = {
    PARQUET_MAGIC: ("parquet", read_parquet),
    ZIP_MAGIC: ("xlsx", read_workbook),  # any other ZIP is unpacked by now
}
