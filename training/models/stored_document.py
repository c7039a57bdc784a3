"""Documents that are stored as JSON, read so that no reader meets one that is not whole.

What an older version wrote, or somebody by hand, may lack what readers ask for, or hold another
kind of thing there. Each field says by a shape what its document is made of: a shape takes whatever
was stored, and returns what readers may rely on. A figure without its value or its count becomes
one that is undefined, and says why; a row of a list without what it needs is left out; what a shape
does not name stays as it is.
"""

from collections.abc import Callable
from typing import Any

from django.db import models
from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext_noop

NOT_WHOLE = gettext_noop("because what is stored of it is not whole")
LEVEL = 0.95  # of intervals, before figures said which

Shape = Callable[[Any], Any]


class StoredDocument(models.JSONField):
    """A JSONField for the database and for migrations."""

    def __init__(self, *args: Any, shape: Shape | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shape = shape

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        found = super().from_db_value(value, expression, connection)
        if found is None or self.shape is None or isinstance(expression, KeyTransform):
            return found
        return self.shape(found)


def number(found: Any) -> float | None:
    return found if type(found) in (int, float) else None


def count(found: Any) -> int | None:
    return found if type(found) is int else None


def text(found: Any) -> str:
    return found if isinstance(found, str) else ""


def anything(found: Any) -> Any:
    return found


def parts(**shapes: Shape) -> Shape:
    """An object whose parts, as far as they are there, have these shapes."""

    def shaped(found: Any) -> dict[str, Any]:
        if not isinstance(found, dict):
            return {}
        return {
            name: shapes[name](value) if name in shapes else value for name, value in found.items()
        }

    return shaped


def complete(**shapes: Shape) -> Shape:
    """The same with each of them there."""

    def shaped(found: Any) -> dict[str, Any]:
        found = found if isinstance(found, dict) else {}
        return {**found, **{name: shape(found.get(name)) for name, shape in shapes.items()}}

    return shaped


def each(shape: Shape) -> Shape:
    """An object with any names, without those whose values are of no use."""

    def shaped(found: Any) -> dict[str, Any]:
        if not isinstance(found, dict):
            return {}
        shaped_values = {name: shape(value) for name, value in found.items()}
        return {name: value for name, value in shaped_values.items() if value is not None}

    return shaped


def rows(shape: Shape, *needed: str) -> Shape:
    """A list of objects, without those that lack what they need."""

    def shaped(found: Any) -> list[Any]:
        found = [shape(one) for one in found if isinstance(one, dict)] if _is_list(found) else []
        return [one for one in found if all(one.get(name) not in (None, "", []) for name in needed)]

    return shaped


def or_none(shape: Shape, *needed: str) -> Shape:
    """An object with all that it needs, or None."""

    def shaped(found: Any) -> dict[str, Any] | None:
        if not isinstance(found, dict):
            return None
        whole: dict[str, Any] = shape(found)
        return whole if all(whole.get(name) is not None for name in needed) else None

    return shaped


def with_figures(found: Any) -> Any:
    """An object with figures anywhere in it: each is whole, or undefined."""
    if not isinstance(found, dict):
        return {}
    return {name: _with_figures(value) for name, value in found.items()}


def _with_figures(found: Any) -> Any:
    if not isinstance(found, dict):
        return found
    if "undefined" in found:
        return {**found, "undefined": text(found["undefined"]) or NOT_WHOLE}
    if "value" in found or {"low", "high"} <= found.keys():
        return _figure(found)
    return {name: _with_figures(value) for name, value in found.items()}


def _figure(found: dict[str, Any]) -> dict[str, Any]:
    if number(found.get("value")) is None or count(found.get("n")) is None:
        return {"undefined": NOT_WHOLE}
    ends = {name: number(found.get(name)) for name in ("low", "high")}
    return {**found, **ends, "level": number(found.get("level")) or LEVEL}


def _is_list(found: Any) -> bool:
    return isinstance(found, list)
