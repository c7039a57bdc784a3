"""Reading the columns of a table of judgements: keys, categories, and what else was recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
SideArray = npt.NDArray[np.int8]
Keys = npt.NDArray[Any]

NEITHER_SIDE = -1
SIDES = ("left_chosen", "first_left")
NUMBERS = ("seconds", "words", "strength", "length_difference", "time")
RECORDED = (*SIDES, *NUMBERS)  # what may be recorded of each judgement besides the verdict
_DENSE = 4  # at most so many numbers between the lowest key and the highest for each entry
_NEVER_NEGATIVE = ("seconds", "words")


def key_column(values: npt.ArrayLike, name: str) -> Keys:
    column = np.asarray(values)
    if column.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not {column.ndim}")
    if column.dtype == object and column.size and any(value is None for value in column):
        position = next(i for i, value in enumerate(column) if value is None)
        raise ValueError(f"{name}[{position}] is None")
    return column


def encode_keys(column: Keys) -> tuple[Keys, IntArray]:
    """The sorted distinct keys, and for each entry the position of its key among them."""
    if column.dtype.kind in "iu" and column.size:
        low, high = int(column.min()), int(column.max())
        if high - low < _DENSE * len(column) and high < 2**63:
            return _encode_dense(column, low, high - low + 1)
    keys, index = np.unique(column, return_inverse=True)
    return keys, index.astype(np.int64, copy=False)


def _encode_dense(column: Keys, low: int, span: int) -> tuple[Keys, IntArray]:
    """Numbers that lie close together need no sorting: a table of all between tells their place."""
    shifted = column.astype(np.int64, copy=False) - low
    is_present = np.zeros(span, dtype=bool)
    is_present[shifted] = True
    place = np.cumsum(is_present) - 1
    return (np.flatnonzero(is_present) + low).astype(column.dtype), place[shifted]


def stable_order(values: IntArray, n_values: int) -> IntArray:
    """As argsort, stable, of values in [0, n_values): sorted as numbers that carry their position.

    Sorting numbers is several times quicker than sorting their positions.
    """
    bits = len(values).bit_length()
    if n_values.bit_length() + bits > 63:
        return np.argsort(values, kind="stable")
    packed = (values << bits) | np.arange(len(values))
    packed.sort()
    packed &= (1 << bits) - 1
    return packed


def encode_categories(
    labels: Keys, categories: Sequence[object] | None
) -> tuple[tuple[str, ...], IntArray]:
    if categories is None:
        observed, index = encode_keys(labels)
        return tuple(str(label) for label in observed), index
    names = tuple(str(category) for category in categories)
    if len(set(names)) != len(names):
        raise ValueError(f"categories repeat a name: {names}")
    if not labels.size:
        return names, np.zeros(0, dtype=np.int64)
    # the few distinct labels are compared as text, the many entries as what they are
    wanted = np.asarray(categories) if labels.dtype.kind in "iub" else np.asarray(names)
    if labels.dtype.kind not in "iubU":
        labels = labels.astype(str)
    order = np.argsort(wanted, kind="stable")
    place = np.searchsorted(wanted, labels, sorter=order)
    index = order[np.minimum(place, len(names) - 1)].astype(np.int64)
    unknown = np.flatnonzero(wanted[index] != labels)
    if unknown.size:
        row = unknown[0]
        raise ValueError(f"category[{row}] is {labels[row]!s}, not one of {', '.join(names)}")
    return names, index


def prompt_of_each(comparisons: Keys, comparison: IntArray, prompt: Keys) -> Keys:
    """The prompt of each comparison; ValueError if entries disagree about one."""
    prompts = np.empty(len(comparisons), dtype=prompt.dtype)
    prompts[comparison] = prompt
    other = np.flatnonzero(prompts[comparison] != prompt)
    if other.size:
        row = other[0]
        raise ValueError(
            f"prompt[{row}] is {prompt[row]!s}, but comparison {comparisons[comparison[row]]!s} "
            f"also has prompt {prompts[comparison[row]]!s}"
        )
    return prompts


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


def require_length(
    name: str, column: npt.NDArray[Any], n: int, *, beside: str = "comparison"
) -> None:
    """Raise ValueError unless the column has n entries, as that beside it."""
    if len(column) != n:
        raise ValueError(f"{name} has {len(column)} entries, {beside} has {n}")


def _sides(values: npt.ArrayLike, name: str) -> SideArray:
    sides = np.asarray(values)
    if sides.dtype == object:
        sides = np.array([NEITHER_SIDE if value is None else value for value in sides])
    elif sides.dtype.kind == "f":
        sides = np.where(np.isnan(sides), NEITHER_SIDE, sides)
    unknown = np.flatnonzero(~np.isin(sides, (NEITHER_SIDE, 0, 1)))
    if unknown.size:
        row = unknown[0]
        raise ValueError(f"{name}[{row}] is {sides[row]!s}, not True, False or None")
    return sides.astype(np.int8)


def _numbers(values: npt.ArrayLike, name: str) -> FloatArray:
    numbers = np.asarray(values, dtype=np.float64)
    refused = np.isinf(numbers)
    if name in _NEVER_NEGATIVE:
        negative = np.flatnonzero(numbers < 0)
        if negative.size:
            raise ValueError(f"{name}[{negative[0]}] is {numbers[negative[0]]}, below 0")
    if refused.any():
        row = np.flatnonzero(refused)[0]
        raise ValueError(f"{name}[{row}] is {numbers[row]}, not finite")
    return numbers
