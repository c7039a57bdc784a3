"""One JSON value as what it says, or what is wrong with it: the rules for rows of every shape."""

from __future__ import annotations

import json
from typing import Any

from alignment_core.formats.checks import UNREADABLE, RowError
from alignment_core.formats.content import can_be_encoded
from alignment_core.formats.limits import MOST_DEEP

MOST_DIGITS = 1000


class Parser:
    """One JSON value at a time. What Python would let pass in silence is said of the row.

    A field that stands twice is refused, as one of the two would be lost. NaN, which pandas writes
    for what is missing, is None.
    """

    def __init__(self) -> None:
        self._twice: list[str] = []
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._object, parse_constant=_constant, parse_int=_integer
        )

    def value(self, text: str, start: int) -> tuple[Any, int]:
        """A value, or what is wrong with it, and where it ends. Raises: ValueError, RowError."""
        self._twice.clear()
        try:
            value, end = self._decoder.raw_decode(text, start)
        except RecursionError:
            raise _too_deep() from None
        return self._wrong(value, text[start:end]) or value, end

    def _wrong(self, value: Any, source: str) -> RowError | None:
        if self._twice:
            return RowError(self._twice[0], None, "This field stands twice in the row.")
        if not can_be_encoded(source) and UNREADABLE.search(source):
            return RowError("", UNREADABLE.split(source)[0][-40:], "Not UTF-8.")
        if source.count("[") + source.count("{") > MOST_DEEP and _is_too_deep(value):
            return _too_deep()
        return None

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        whole = dict(pairs)
        if len(whole) != len(pairs):
            names = [name for name, _value in pairs]
            self._twice += [name for name in whole if names.count(name) > 1]
        return whole


def _constant(name: str) -> float | None:
    return None if name == "NaN" else float(name.replace("Infinity", "inf"))


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= MOST_DIGITS else float(digits)


def _too_deep() -> RowError:
    return RowError("", "", "This row is nested too deeply.")


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _depth in range(MOST_DEEP):
        level = [part for whole in level for part in _parts(whole)]
        if not level:
            return False
    return True


def _parts(whole: Any) -> Any:
    if isinstance(whole, dict):
        return whole.values()
    return whole if isinstance(whole, list) else ()
