"""What may be recorded of a judgement besides its verdict: sides, seconds, lengths, times."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from alignment_core.agreement.tables.columns import (
    NEITHER_SIDE,
    RECORDED,
    SIDES,
    FloatArray,
    SideArray,
    require_length,
)
from alignment_core.agreement.tables.missing import number_column

_NEVER_NEGATIVE = ("seconds", "words")
_Flags = npt.NDArray[np.bool_]


def recorded_columns(columns: dict[str, npt.ArrayLike | None], n: int) -> dict[str, Any]:
    """The columns of `RECORDED` as arrays of n entries, None where never recorded."""
    found: dict[str, Any] = {}
    for name in RECORDED:
        values = columns.get(name)
        if values is None:
            found[name] = None
            continue
        column = _sides(values, name) if name in SIDES else _numbers(values, name)
        require_length(name, column, n)
        found[name] = column
    return found


def repeat_column(values: npt.ArrayLike | None, n: int) -> _Flags:
    """Whether each of n judgements is a repeat: True or False, and never missing."""
    if values is None:
        return np.zeros(n, dtype=bool)
    flags = number_column(values, "is_repeat")
    require_length("is_repeat", flags, n)
    _refuse(~np.isin(flags, (0, 1)), flags, "is_repeat", "not True or False")
    return flags.astype(bool)


def _sides(values: npt.ArrayLike, name: str) -> SideArray:
    sides = number_column(values, name)
    sides[np.isnan(sides)] = NEITHER_SIDE
    _refuse(~np.isin(sides, (NEITHER_SIDE, 0, 1)), sides, name, "not True, False or None")
    return sides.astype(np.int8)


def _numbers(values: npt.ArrayLike, name: str) -> FloatArray:
    numbers = number_column(values, name)
    if name in _NEVER_NEGATIVE:
        _refuse(numbers < 0, numbers, name, "below 0")
    _refuse(np.isinf(numbers), numbers, name, "not finite")
    return numbers


def _refuse(bad: _Flags, values: FloatArray, name: str, why: str) -> None:
    rows = np.flatnonzero(bad)
    if rows.size:
        row = rows[0]
        raise ValueError(f"{name}[{row}] is {values[row]}, {why}")
