"""Columns of a table of judgements: their types, and keys told apart by position."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
SideArray = npt.NDArray[np.int8]
Keys = npt.NDArray[Any]

NEITHER_SIDE = -1
SIDES = ("left_chosen", "first_left")
NUMBERS = ("seconds", "words", "strength", "length_difference", "time", "order")
RECORDED = (*SIDES, *NUMBERS)  # what may be recorded of each judgement besides the verdict
_CHUNK = 1 << 13  # entries at once, which stay in the processor's cache
_DENSE = 4  # at most so many numbers between the lowest key and the highest for each entry


def encode_keys(column: Keys) -> tuple[Keys, IntArray]:
    """The sorted distinct keys, and for each entry the position of its key among them."""
    if column.dtype.kind in "iu" and column.size:
        low, high = int(column.min()), int(column.max())
        if high - low < _DENSE * len(column) and high < 2**63:
            return _encode_dense(column, low, high - low + 1)
    if column.dtype.kind == "U" and column.size and column.itemsize:
        return _encode_text(np.ascontiguousarray(column))
    if column.dtype.kind in "SO":
        return _encode_hashed(column.tolist(), column.dtype)
    keys, index = np.unique(column, return_inverse=True)
    return keys, index.astype(np.int64, copy=False)


def _encode_text(column: Keys) -> tuple[Keys, IntArray]:
    """Text is told apart by a number made of it, and checked; only the distinct is sorted."""
    letters = column.view(np.uint32).reshape(len(column), -1)
    marks = _marks(letters)
    order = np.argsort(marks)
    is_new = np.diff(marks[order], prepend=~marks[order[:1]]) != 0
    group = np.empty(len(column), dtype=np.int64)
    group[order] = np.cumsum(is_new) - 1
    first = order[is_new]
    distinct, spelt = column[first], letters[first]
    for start in range(0, len(column), _CHUNK):
        part = slice(start, start + _CHUNK)
        if (spelt[group[part]] != letters[part]).any():  # one number for two texts: by chance
            return _encode_hashed(column.tolist(), column.dtype)
    rank = np.argsort(distinct)
    place = np.empty(len(rank), dtype=np.int64)
    place[rank] = np.arange(len(rank))
    return distinct[rank], place[group]


def _marks(letters: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint64]:
    """A number for each text, by odd multiples of its letters, (n,)."""
    odd = np.random.default_rng(0).integers(0, 2**63, letters.shape[1], dtype=np.uint64) * 2 + 1
    marks = np.empty(len(letters), dtype=np.uint64)
    for start in range(0, len(letters), _CHUNK):
        part = slice(start, start + _CHUNK)
        marks[part] = letters[part].astype(np.uint64) @ odd
    return marks


def _encode_hashed(values: list[Any], dtype: np.dtype[Any]) -> tuple[Keys, IntArray]:
    """Text and objects are told apart by hashing, and only the distinct ones are sorted."""
    try:
        distinct = sorted(dict.fromkeys(values))
    except TypeError as error:
        raise ValueError(f"{values[0]!r} and others cannot be keys: {error}") from error
    place = {key: position for position, key in enumerate(distinct)}
    index = np.fromiter(map(place.__getitem__, values), dtype=np.int64, count=len(values))
    return _key_array(distinct, dtype), index


def _key_array(keys: list[Any], dtype: np.dtype[Any]) -> Keys:
    """Text as an array of text, but for what such an array would cut off at its end."""
    objects = np.fromiter(keys, dtype=object, count=len(keys))
    for kind, end in ((str, "\0"), (bytes, b"\0")):
        if keys and all(isinstance(key, kind) for key in keys):
            return objects if any(key.endswith(end) for key in keys) else objects.astype(kind)
    return objects if keys else np.empty(0, dtype=dtype)


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


def prompt_of_each(comparisons: Keys, comparison: IntArray, prompt: Keys) -> Keys:
    """The prompt of each comparison; ValueError if entries disagree about one."""
    keys, index = encode_keys(prompt)
    prompts = np.empty(len(comparisons), dtype=np.int64)
    prompts[comparison] = index
    other = np.flatnonzero(prompts[comparison] != index)
    if other.size:
        row = other[0]
        raise ValueError(
            f"prompt[{row}] is {keys[index[row]]!s}, but comparison "
            f"{comparisons[comparison[row]]!s} also has prompt {keys[prompts[comparison[row]]]!s}"
        )
    return keys[prompts]


def require_length(
    name: str, column: npt.NDArray[Any], n: int, *, beside: str = "comparison"
) -> None:
    """Raise ValueError unless the column has n entries, as that beside it."""
    if len(column) != n:
        raise ValueError(f"{name} has {len(column)} entries, {beside} has {n}")
