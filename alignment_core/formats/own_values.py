"""The values of our own exports: ids, times, numbers and texts that may be blank. Raises: RowError.

A cell of a table holds what a line of JSON holds: "" for nothing, lists and objects as JSON.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from alignment_core.formats import checks
from alignment_core.formats.checks import RowError

# A spreadsheet takes a cell that begins so for a formula; some begin so in full width.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
GUARD = "'"
KINDS = ("person", "imported", "simulated", "model")
MOST_CHARACTERS = 200_000
MOST_DEEP = 50


def guarded(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet would run it.

    One that has apostrophes before such a beginning gets another, so that none is lost on the way
    back.
    """
    return GUARD + cell if cell.lstrip(GUARD).startswith(FORMULA_STARTS) else cell


def unguarded(cell: str) -> str:
    """What `guarded` was given."""
    is_guarded = cell.startswith(GUARD) and cell.lstrip(GUARD).startswith(FORMULA_STARTS)
    return cell[1:] if is_guarded else cell


def unguarded_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of our CSV with its texts as they were."""
    return {name: unguarded(cell) if isinstance(cell, str) else cell for name, cell in row.items()}


def structure(row: Mapping[str, Any], field: str) -> Any:
    """A list or an object, which a table holds as JSON; None where there is nothing."""
    value = row.get(field)
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise RowError(field, value, "This is not JSON: %(reason)s", {"reason": error}) from error


def blank_or_text(row: Mapping[str, Any], field: str, *, longest: int = MOST_CHARACTERS) -> str:
    """A text that may be blank, byte for byte."""
    value = row.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RowError(field, value, "This should be a text.")
    if len(value) > longest:
        raise RowError(field, value, "This is longer than %(n)d characters.", {"n": longest})
    return _storable(field, value)


def _storable(field: str, value: str) -> str:
    """The text, which may be blank: what no database keeps is never a blank."""
    return checks.text(field, value) if value.strip() else value


def own_id(row: Mapping[str, Any], field: str) -> UUID | None:
    value = row.get(field)
    if value is None or value == "":
        return None
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError) as error:
        raise RowError(field, value, "This is no id of an export; leave it empty.") from error


def truth(row: Mapping[str, Any], field: str) -> bool | None:
    value = row.get(field)
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return value
    known = {"1": True, "0": False, "true": True, "false": False}.get(str(value).strip().lower())
    if known is None:
        raise RowError(field, value, "This should be true or false.")
    return known


def whole(row: Mapping[str, Any], field: str, *, low: int, high: int) -> int | None:
    """A whole number from `low` to `high`."""
    value = number(row, field, low=low, high=high)
    if value is None:
        return None
    if value != int(value):
        raise RowError(field, row.get(field), "This should be a whole number.")
    return int(value)


def number(row: Mapping[str, Any], field: str, *, low: float, high: float) -> float | None:
    """A number from `low` to `high`."""
    value = row.get(field)
    if value is None or value == "":
        return None
    try:
        found = float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        found = math.nan
    if isinstance(value, bool) or not low <= found <= high:
        raise RowError(
            field, value, "This should be a number from %(low)s to %(high)s.", _ends(low, high)
        )
    return found


def _ends(low: float, high: float) -> dict[str, object]:
    return {"low": f"{low:g}", "high": f"{high:g}"}


def moment(row: Mapping[str, Any], field: str) -> datetime | None:
    """A time with its zone, in UTC."""
    value = row.get(field)
    if value is None or value == "":
        return None
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError) as error:
        raise RowError(field, value, "This should be a time with its zone.") from error
    raise RowError(field, value, "This should be a time with its zone.")


def kind_of(row: Mapping[str, Any], field: str) -> str:
    value = row.get(field)
    if value is None or value == "":
        return ""
    if value not in KINDS:
        raise RowError(
            field, value, "This kind is not known; use person, imported, simulated or model."
        )
    return str(value)


def plain_object(row: Mapping[str, Any], field: str) -> dict[str, Any] | None:
    """An object of plain JSON values, which a database can hold."""
    value = structure(row, field)
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise RowError(field, value, "This should be an object.")
    _refuse_unstorable(field, value)
    return dict(value)


def texts(row: Mapping[str, Any], field: str) -> list[str]:
    """A list of texts, blank ones too."""
    value = structure(row, field)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise RowError(field, value, "This should be a list of texts.")
    return [_storable(field, one) for one in value]


def _refuse_unstorable(field: str, value: object, depth: int = 0) -> None:
    if depth > MOST_DEEP:
        raise RowError(field, value, "This row is nested too deeply.")
    if isinstance(value, str):
        _storable(field, value)
    elif isinstance(value, float) and not math.isfinite(value):
        raise RowError(field, value, "This should be a number.")
    elif isinstance(value, Mapping):
        for name, part in value.items():
            _storable(field, str(name))
            _refuse_unstorable(field, part, depth + 1)
    elif isinstance(value, list):
        for part in value:
            _refuse_unstorable(field, part, depth + 1)
