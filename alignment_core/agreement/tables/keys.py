"""Keys of comparisons, annotators, prompts and categories: none missing, and all of one kind.

1 and "1" are two keys, and so are 1 and True: a column that holds both is refused, as joining them
would make one of two without a word.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from alignment_core.agreement.tables.columns import IntArray, Keys, encode_keys, encode_texts
from alignment_core.agreement.tables.missing import is_missing, without_mask

_NUMBERS, _TRUTH, _TEXT = "numbers", "truth values", "text"
_KINDS: tuple[tuple[str, tuple[type, ...]], ...] = (
    (_TRUTH, (bool, np.bool_)),
    (_NUMBERS, (int, float, np.integer, np.floating)),
    (_TEXT, (str,)),
    ("bytes", (bytes,)),
)
_NEVER_MISSING = (bool, np.bool_, int, np.integer, str, bytes)
_EXACT = 2**53  # whole numbers up to here are themselves as floating-point numbers too


def key_column(values: npt.ArrayLike, name: str) -> Keys:
    """Keys as an array of one dimension, as they are or as objects.

    Raises: ValueError naming the entry, if one is missing, of another kind than those before it,
        or a number that would not stay itself.
    """
    if isinstance(values, list | tuple):
        return _of_objects(list(values), name)
    column = np.asarray(without_mask(values))
    if column.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not {column.ndim}")
    if column.dtype.kind in "OT":
        return _of_objects(column.tolist(), name)
    if column.dtype.kind in "fcMm":
        _refuse_first(np.not_equal(column, column), column, name)
    return column + 0 if column.dtype.kind == "f" else column  # minus zero is zero


def encode_column(values: npt.ArrayLike, name: str) -> tuple[Keys, IntArray]:
    """The sorted distinct keys, and for each entry the position of its key among them.

    Raises: ValueError as `key_column`.
    """
    objects = None
    if isinstance(values, list | tuple):
        objects = values
    elif isinstance(values, np.ndarray) and values.dtype.kind == "O" and values.ndim:
        objects = values.tolist()
    found = None if objects is None else encode_texts(objects)
    return encode_keys(key_column(values, name)) if found is None else found


def key_selection(chosen: Collection[Any], name: str, known: Keys | None) -> set[Any]:
    """The keys chosen, to be looked up among those that a table knows.

    Raises: ValueError if one is missing, or they are of another kind than the table's.
    """
    if isinstance(chosen, str | bytes):
        raise ValueError(f"{name} is {chosen!r}: a list of keys is wanted, as [{chosen!r}]")
    column = key_column(list(chosen), name)
    if known is not None and len(known) and len(column):
        _require_one_kind([known, column], f"the table's keys and {name}")
    return set(column.tolist())


def join_keys(parts: Sequence[Keys], name: str) -> Keys:
    """Columns one after the other. Raises: ValueError if they are of different kinds."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return parts[0]
    _require_one_kind(filled, f"the tables' keys of {name}")
    kinds = {part.dtype.kind for part in filled}
    if len(kinds) == 1 and "O" not in kinds:
        return np.concatenate(filled)
    return _of_objects([key for part in filled for key in part.tolist()], name)


def encode_categories(
    labels: npt.ArrayLike, categories: Iterable[Any] | None
) -> tuple[tuple[str, ...], IntArray]:
    """Names of the categories, and for each label the position of its own."""
    observed, index = encode_column(labels, "category")
    said = [_category_name(label) for label in observed]
    if categories is None:
        return _distinct(said), index
    names = category_names(categories)
    place_of = {name: place for place, name in enumerate(names)}
    places = np.array([place_of.get(name, -1) for name in said], dtype=np.int64)
    found = places[index]
    unknown = np.flatnonzero(found < 0)
    if unknown.size:
        row = unknown[0]
        raise ValueError(f"category[{row}] is {said[index[row]]}, not one of {', '.join(names)}")
    return names, found


def category_names(categories: Iterable[Any]) -> tuple[str, ...]:
    """Names of the columns. Raises: ValueError if one is missing or comes twice."""
    given = list(categories)
    for place, category in enumerate(given):
        if is_missing(category):
            raise ValueError(f"categories[{place}] is {category!s}: a category has a name")
    return _distinct([_category_name(category) for category in given])


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    if len(set(names)) != len(names):
        raise ValueError(f"categories repeat a name: {tuple(names)}")
    return tuple(names)


def _category_name(label: Any) -> str:
    return label.decode(errors="backslashreplace") if isinstance(label, bytes) else str(label)


def _of_objects(values: list[Any], name: str) -> Keys:
    types = set(map(type, values))
    if any(issubclass(one, list | tuple | np.ndarray) for one in types - {type(np.ma.masked)}):
        raise ValueError(f"{name} must have one dimension, not 2")
    if not all(issubclass(one, _NEVER_MISSING) for one in types):
        _refuse_first([is_missing(value) for value in values], values, name)
    without_hash = next((one for one in types if one.__hash__ is None), None)
    if without_hash is not None:
        raise ValueError(f"{name} holds a {without_hash.__name__}, which cannot be a key")
    kinds = {_kind(one) for one in types}
    if len(kinds) > 1:
        _refuse_other_kind(values, name)
    if kinds == {_NUMBERS}:
        return _numbers(values, types, name)
    if kinds == {_TRUTH}:
        return np.asarray(values, dtype=bool)
    return np.fromiter(values, dtype=object, count=len(values))


def _numbers(values: list[Any], types: set[type], name: str) -> Keys:
    if any(issubclass(one, float | np.floating) for one in types):
        beside = [
            isinstance(value, int | np.integer) and abs(int(value)) > _EXACT for value in values
        ]
        _refuse_first(beside, values, name, "too large beside fractions")
        return np.asarray(values, dtype=np.float64) + 0
    column = np.asarray(values)
    if column.dtype.kind in "iu":
        return column
    return np.fromiter(map(int, values), dtype=object, count=len(values))


def _refuse_first(
    bad: npt.ArrayLike, values: Any, name: str, why: str = "a key cannot be missing"
) -> None:
    places = np.flatnonzero(bad)
    if places.size:
        raise ValueError(f"{name}[{places[0]}] is {values[places[0]]!s}: {why}")


def _refuse_other_kind(values: list[Any], name: str) -> None:
    first = _kind(type(values[0]))
    place = next(i for i, value in enumerate(values) if _kind(type(value)) != first)
    raise ValueError(
        f"{name}[{place}] is {values[place]!r}, but {name}[0] is {values[0]!r}: a column holds "
        f"{first} or {_kind(type(values[place]))}, not both"
    )


def _require_one_kind(columns: Sequence[Keys], of_what: str) -> None:
    kinds = [_kind_of_column(column) for column in columns]
    for kind in kinds[1:]:
        if kind != kinds[0]:
            raise ValueError(f"{of_what} are {kinds[0]} and {kind}, so none can be the same")


def _kind_of_column(column: Keys) -> str:
    return _kind(type(column[0]) if column.dtype == object else column.dtype.type)


def _kind(of: type) -> str:
    for name, bases in _KINDS:
        if issubclass(of, bases):
            return name
    return of.__name__
