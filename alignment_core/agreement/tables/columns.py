"""Columns of a table of judgements: their types, and keys told apart by position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from alignment_core.agreement.tables.text_keys import cut_array, cut_list, encode_cut

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
SideArray = npt.NDArray[np.int8]
Keys = npt.NDArray[Any]

NEITHER_SIDE = -1
SIDES = ("left_chosen", "first_left")
NUMBERS = ("seconds", "words", "strength", "length_difference", "time", "order", "form")
RECORDED = (*SIDES, *NUMBERS)  # what may be recorded of each judgement besides the verdict
_MOST_LETTERS = 1 << 26  # of an array of text, whose entries all take as many: 256 MiB
_DENSE = 4  # at most so many numbers between the lowest key and the highest for each entry


def encode_keys(column: Keys) -> tuple[Keys, IntArray]:
    """The sorted distinct keys, and for each entry the position of its key among them."""
    if column.dtype.kind in "iu" and column.size:
        low, high = int(column.min()), int(column.max())
        if high - low < _DENSE * len(column) and high < 2**63:
            return _encode_dense(column, low, high - low + 1)
    if column.dtype.kind == "U" and column.size and column.itemsize:
        texts = cut_array(column)
        if texts is not None and (found := encode_cut(texts)) is not None:
            return found
    if column.dtype.kind in "USO":
        return _encode_hashed(column.tolist(), column.dtype)
    keys, index = np.unique(column, return_inverse=True)
    return keys, index.astype(np.int64, copy=False)


def encode_texts(values: Sequence[Any]) -> tuple[Keys, IntArray] | None:
    """As `encode_keys`; None unless all of them are text, and text of a usual kind."""
    try:
        texts = cut_list(values)
    except TypeError:
        return None
    return None if texts is None else encode_cut(texts)


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
    if not keys:
        return np.empty(0, dtype=dtype)
    for kind, plain, end in ((str, str.__str__, "\0"), (bytes, bytes, b"\0")):
        if all(isinstance(key, kind) for key in keys):
            keys = [plain(key) for key in keys]  # not what a class of its own writes of it
            fits = max(map(len, keys)) * len(keys) <= _MOST_LETTERS
            if fits and not any(key.endswith(end) for key in keys):
                return np.array(keys, dtype=kind)
    return np.fromiter(keys, dtype=object, count=len(keys))


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


def prompt_of_each(comparisons: Keys, comparison: IntArray, prompt: tuple[Keys, IntArray]) -> Keys:
    """The prompt of each comparison; ValueError if entries disagree about one.

    Args: prompt: as `encode_keys` gives them.
    """
    keys, index = prompt
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
