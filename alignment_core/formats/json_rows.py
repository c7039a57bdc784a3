"""Rows out of JSON, in whichever shape: lines, an array, objects one after the other, or columns.

Every row is read by one parser and one set of rules, whatever shape stands round it.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import IO, Any

from alignment_core.formats import limits
from alignment_core.formats.checks import RowError
from alignment_core.formats.json_parser import Parser
from alignment_core.formats.limits import BLOCK_BYTES, too_long
from alignment_core.formats.unpacking import Bytes

Row = tuple[int, Mapping[str, Any] | RowError]
SPACE = re.compile(r"[ \t\r\n]*")
CUT_OFF_WITHIN = 16  # an error so near the end of what was read may only want more
LINES_LOOKED_AT = 10
# A list of rows is often kept in an object, under one of these names.
WRAPPERS = ("data", "rows", "records", "examples", "instances", "items", "results", "train")
WRAPPED = re.compile(rf'\s*\{{\s*"(?:{"|".join(WRAPPERS)})"\s*:\s*\[\s*\{{')
TURN_FIELDS = {"role", "from"}


def read_json(file: Bytes) -> Iterator[Row]:
    """The rows of a JSON file of any shape."""
    if file.head(64).lstrip()[:1] == b"{" and _is_lines(file):
        return read_json_lines(file)
    return Values(file).rows()


def _is_lines(file: Bytes) -> bool:
    """Whether the first lines hold an object each; broken lines among them are no other shape.

    A file that is one object could be columns or a wrapper, and is left to be read as a whole.
    """
    place = file.tell()
    lines = [line for line in islice(Lines(file), LINES_LOOKED_AT) if line not in (b"\n", b"\r\n")]
    file.seek(place)
    n_whole = sum(_is_object(line) for line in lines)
    if lines and not _is_object(lines[0]) and WRAPPED.match(_shown_start(file)):
        return False
    if len(lines) == 1:
        return isinstance(lines[0], RowError)
    return n_whole > 0 or all(_begins_an_object(line) for line in lines)


def _begins_an_object(line: bytes | RowError) -> bool:
    return isinstance(line, RowError) or re.match(rb'\{\s*["}]', line) is not None


def _is_object(line: bytes | RowError) -> bool:
    if isinstance(line, RowError) or not line.startswith(b"{"):
        return False
    parsed = _parsed_line(Parser(), line)
    return not isinstance(parsed, RowError) or parsed.field != ""


def _shown_start(file: Bytes) -> str:
    return file.head(1024).decode(errors="replace")


def read_json_lines(file: IO[bytes]) -> Iterator[Row]:
    parser = Parser()
    for number, line in enumerate(Lines(file), start=1):
        if isinstance(line, RowError):
            yield number, line
        elif line.strip():
            yield number, _parsed_line(parser, line)


def _parsed_line(parser: Parser, line: bytes) -> Mapping[str, Any] | RowError:
    text = line.decode(errors="surrogateescape").strip(" \t\r\n")
    try:
        value, end = parser.value(text, 0)
    except RowError as error:
        return error
    except ValueError as error:
        return _not_whole(text, error)
    if end != len(text):
        return _not_whole(text, ValueError(f"Extra data: char {end}"))
    return _as_row(value, "This line is not a JSON object.")


def _not_whole(text: str, error: ValueError) -> RowError:
    sentence = "This line is not one whole JSON object: %(reason)s"
    return RowError("", text[:200], sentence, {"reason": error})


def _as_row(value: Any, sentence: str) -> Mapping[str, Any] | RowError:
    is_row = isinstance(value, (dict, RowError))
    return value if is_row else RowError("", value, sentence)


class Lines:
    """A file's lines as bytes; one that is too long is skipped without being held in memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def __iter__(self) -> Iterator[bytes | RowError]:
        while line := self.file.readline(limits.MAX_ROW_BYTES + 1):
            if len(line) > limits.MAX_ROW_BYTES and not line.endswith(b"\n"):
                yield self._skipped(line)
            else:
                yield line

    def _skipped(self, line: bytes) -> RowError:
        n_bytes = len(line)
        while rest := self.file.readline(BLOCK_BYTES):
            n_bytes += len(rest)
            if rest.endswith(b"\n"):
                break
        return too_long(f"{n_bytes:,} bytes: {line[:40].decode(errors='replace')}")


class Values:
    """JSON values one after the other, each held whole and no more of the file than that."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.parser = Parser()
        self.decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
        self.text = ""
        self.place = 0

    def rows(self) -> Iterator[Row]:
        """Rows, numbered from 1. After a place that is not JSON, nothing more can be read."""
        number = 0
        try:
            for number, value in enumerate(self._all(), start=1):
                yield number, _as_row(value, "This entry is not a JSON object.")
        except RowError as error:
            error.add("Nothing after it was read.")
            yield number + 1, error

    def _all(self) -> Iterator[Any]:
        self._more()
        if wrapped := WRAPPED.match(self.text[:1024]):
            self.place = wrapped.group().rindex("[")
            yield from self._array()
            self._rest_of_wrapper()
        first = self._next()
        if first == "{":
            value = self._value()
            if not self._next():
                yield from _rows_of_one(value)
                return
            yield value
        while following := self._next():
            if following == "[":
                yield from self._array()
            else:
                yield self._value()

    def _array(self) -> Iterator[Any]:
        self.place += 1
        while self._next() != "]":
            yield self._value()
            if self._next() == ",":
                self.place += 1
            elif self._next() != "]":
                raise _not_json("Expecting ',' delimiter")
        self.place += 1

    def _rest_of_wrapper(self) -> None:
        """What stands beside the rows may say where they come from, but holds no more rows."""
        while self._next() == ",":
            self.place += 1
            name = self._value()
            if self._next() != ":":
                raise _not_json("Expecting ':' delimiter")
            self.place += 1
            if _is_rows(self._value()):
                sentence = "The file holds a second list of rows beside the first."
                raise RowError(name if isinstance(name, str) else "", None, sentence)
        if self._next() != "}":
            raise _not_json("Expecting ',' delimiter")
        self.place += 1

    def _next(self) -> str:
        """The next character that is no space; nothing at the end of the file."""
        while True:
            spaces = SPACE.match(self.text, self.place)
            self.place = spaces.end() if spaces else self.place
            if self.place < len(self.text):
                return self.text[self.place]
            if not self._more():
                return ""

    def _value(self) -> Any:
        """The value that begins here. Raises: RowError where it cannot be read to its end."""
        self._next()
        while True:
            try:
                value, end = self.parser.value(self.text, self.place)
            except ValueError as error:
                if self._is_cut_off(error) and self._more():
                    continue
                raise _not_json(_said(error)) from error
            if end < len(self.text) or not self._more():  # a number may go on
                self.place = end
                return value

    def _is_cut_off(self, error: ValueError) -> bool:
        if not isinstance(error, json.JSONDecodeError):
            return False
        is_in_text = error.msg.startswith("Unterminated string")
        return is_in_text or error.pos >= len(self.text) - CUT_OFF_WITHIN

    def _more(self) -> bool:
        """Read on, as much again as is held, so that no row is parsed many times over."""
        rest = self.text[self.place :]
        if len(rest) > limits.MAX_ROW_BYTES:
            raise too_long(rest[:40])
        block = self.file.read(max(BLOCK_BYTES, len(rest)))
        self.text = rest + self.decoder.decode(block, final=not block)
        self.place = 0
        return len(self.text) > len(rest)


def _said(error: ValueError) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else str(error)


def _not_json(reason: str) -> RowError:
    return RowError("", "", "Not JSON from here on: %(reason)s.", {"reason": reason.rstrip(".")})


def _rows_of_one(value: Any) -> Iterator[Any]:
    """A file that is one object: rows in a list of it, rows in columns, or one row."""
    if not isinstance(value, dict):
        yield value
        return
    lists = [name for name in WRAPPERS if _is_rows(value.get(name))]
    if len(lists) == 1:
        yield from value[lists[0]]
    elif _is_columns(value):
        for cells in zip(*value.values(), strict=True):
            yield dict(zip(value, cells, strict=True))
    else:
        yield value


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _is_columns(whole: Mapping[str, Any]) -> bool:
    """Whether every field is a list as long as the others, and none of them a conversation."""
    columns = list(whole.values())
    if not columns or not all(isinstance(column, list) for column in columns):
        return False
    cells = [cell for column in columns for cell in column]
    has_turns = any(isinstance(cell, dict) and TURN_FIELDS & cell.keys() for cell in cells)
    return len({len(column) for column in columns}) == 1 and bool(cells) and not has_turns
