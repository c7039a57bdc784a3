"""Serializers that refuse what they do not know, so that a misspelt name is never ignored.

And what the description calls a number, a text or true and false must be one in the body's JSON:
nothing is guessed from another type.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

# What JSON calls a value of each kind of field; the first that a field is of counts.
JSON_TYPES: tuple[tuple[type[Any], tuple[type, ...], str | Promise], ...] = (
    (serializers.BooleanField, (bool,), _("It must be true or false.")),
    (serializers.IntegerField, (int,), _("It must be a whole number.")),
    (serializers.FloatField, (int, float), _("It must be a number.")),
    (serializers.CharField, (str,), _("It must be text.")),
    (serializers.UUIDField, (str,), _("It must be text.")),
    (serializers.DateTimeField, (str,), _("It must be text.")),
    (serializers.DateField, (str,), _("It must be text.")),
)


class StrictSerializer(serializers.Serializer[Any]):
    """A body in which every name must be a field that may be written."""

    default_error_messages = {"invalid": _("An object is needed here.")}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        refuse_unknown(data, {name for name, field in self.fields.items() if not field.read_only})
        if isinstance(data, dict) and not isinstance(data, QueryDict):
            _refuse_other_types(self, data)
        known: dict[str, Any] = super().to_internal_value(data)
        return known


class Query(serializers.Serializer[Any]):
    """The filters of a list: these names and no others, never a path through the tables."""


def refuse_unknown(data: Any, known: set[str]) -> None:
    if not hasattr(data, "keys"):
        return  # the serializer itself says that an object is needed
    unknown = sorted(set(data.keys()) - known)
    if unknown:
        messages = {
            name: [serializers.ErrorDetail(str(_("There is no such field here.")), code="unknown")]
            for name in unknown
        }
        raise serializers.ValidationError(messages)


def given_once(parameters: QueryDict, query: Query) -> dict[str, Any]:
    """The filters of an address as they stand there: none is empty, and none is given twice
    but those that are lists.
    """
    fields = query.fields
    several = {
        name
        for name, field in fields.items()
        if isinstance(field, NamesField | serializers.ListField)
    }
    wrong = {}
    for name, values in parameters.lists():
        if "" in values:
            wrong[name] = [serializers.ErrorDetail(str(_("It needs a value.")), code="blank")]
        elif len(values) > 1 and name not in several:
            wrong[name] = [serializers.ErrorDetail(str(_("Give it once.")), code="repeated")]
    if wrong:
        raise serializers.ValidationError(wrong)
    return {
        name: values
        if isinstance(fields.get(name), serializers.ListField)
        else ",".join(map(str, values))
        for name, values in parameters.lists()
    }


class FlagFilter(serializers.BooleanField):
    """A filter that is true or false, and nothing that only reads like it."""

    def to_internal_value(self, data: Any) -> bool:
        if data not in ("true", "false"):
            raise serializers.ValidationError(_("It must be true or false."), code="invalid")
        return bool(data == "true")


@extend_schema_field(OpenApiTypes.STR)
class NamesField(serializers.Field[tuple[str, ...], str, str, Any]):
    """Names with commas between them, each one of a few."""

    default_error_messages = {
        "unknown": _("“{name}” is none of {choices}."),
    }

    def __init__(self, *, choices: Sequence[str], **options: Any) -> None:
        super().__init__(**options)
        self.choices = tuple(choices)

    def to_internal_value(self, data: str) -> tuple[str, ...]:
        names = tuple(name.strip() for name in data.split(","))
        for name in names:
            if name not in self.choices:
                self.fail("unknown", name=name, choices=", ".join(self.choices))
        return names

    def to_representation(self, value: tuple[str, ...]) -> str:
        return ",".join(value)


def _refuse_other_types(serializer: StrictSerializer, data: dict[Any, Any]) -> None:
    wrong = {
        name: [serializers.ErrorDetail(str(message), code="invalid")]
        for name, field in serializer.fields.items()
        if name in data
        for message in _other_types(field, data[name])
    }
    if wrong:
        raise serializers.ValidationError(wrong)


def _other_types(field: Any, value: Any) -> Iterator[str | Promise]:
    """What the value ought to be, where it is something else; null is the field's own matter."""
    if isinstance(field, serializers.ListField):
        if isinstance(value, list):
            found = (message for one in value for message in _other_types(field.child, one))
            yield from list(found)[:1]
        return
    for kind, types, message in JSON_TYPES:
        if isinstance(field, kind):
            if value is not None and not _is_one_of(types, value):
                yield message
            return


def _is_one_of(types: tuple[type, ...], value: object) -> bool:
    """True and false are whole numbers to Python, and 1.0 is one to JSON."""
    if isinstance(value, bool):
        return bool in types
    return isinstance(value, types) or (
        int in types and isinstance(value, float) and value.is_integer()
    )
