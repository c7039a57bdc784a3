"""Values that may be missing: None, NaN, NaT, pandas' NA, or masked."""

from __future__ import annotations

import operator
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from alignment_core.agreement.tables.columns import FloatArray

_PLAIN = {int, float, str, bool, type(None)}  # never masked: most lists hold nothing else


def is_missing(value: Any) -> bool:
    """Whether a value is None, masked, or does not say that it equals itself."""
    if value is None or value is np.ma.masked:
        return True
    try:
        return bool(operator.ne(value, value))
    except (TypeError, ArithmeticError):  # pandas' NA has no truth value, a signalling NaN raises
        return True
    except ValueError:  # an array in a cell: whatever it is, it is there
        return False


def as_numbers(values: npt.ArrayLike, name: str) -> FloatArray:
    """Numbers of any shape, NaN where one is missing.

    Raises: ValueError naming the first entry that is neither a number nor missing.
    """
    given = without_mask(values)
    array = _array(given, name)
    if array.dtype.kind in "iufb":
        return array.astype(np.float64)
    objects = array if array.dtype == object else _array(given, name, dtype=object)
    found = np.empty(objects.shape)
    for place in np.ndindex(objects.shape):
        found[place] = _number(objects[place], f"{name}{list(place)}")
    return found


def number_column(values: npt.ArrayLike, name: str) -> FloatArray:
    """As `as_numbers`, of one dimension."""
    numbers = as_numbers(values, name)
    if numbers.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not {numbers.ndim}")
    return numbers


def without_mask(values: Any) -> Any:
    """The values as they are, or as objects with None where they are masked."""
    if values is np.ma.masked:
        return None  # an entry of a list
    if isinstance(values, list | tuple):
        return [value if type(value) in _PLAIN else without_mask(value) for value in values]
    if not isinstance(values, np.ma.MaskedArray):
        return values
    objects = np.array(values.data, dtype=object)
    objects[np.ma.getmaskarray(values)] = None
    return objects


def _array(values: npt.ArrayLike, name: str, dtype: Any = None) -> npt.NDArray[Any]:
    try:
        return np.asarray(values, dtype=dtype)
    except ValueError as error:
        raise ValueError(f"{name} is no table of numbers: {error}") from error


def _number(value: Any, place: str) -> float:
    if is_missing(value):
        return float("nan")
    if not isinstance(value, Real | Decimal | np.bool_):
        raise ValueError(f"{place} is {value!r}, not a number")
    try:
        return float(value)
    except OverflowError as error:
        raise ValueError(f"{place} is {value!r}, too large") from error
