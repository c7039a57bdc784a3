"""Serializers that refuse what they do not know, so that a misspelt name is never ignored."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """A body in which every name must be a field that may be written."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        refuse_unknown(data, {name for name, field in self.fields.items() if not field.read_only})
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


@extend_schema_field(OpenApiTypes.STR)
class NamesField(serializers.Field[tuple[str, ...], str, str, Any]):
    """Names with commas between them, each one of a few."""

    default_error_messages = {
        "unknown": _("“{name}” is none of {choices}."),
    }

    def __init__(self, *, choices: Sequence[str], **options: Any) -> None:
        super().__init__(**options)
        self.choices = tuple(choices)

    def get_value(self, dictionary: Any) -> Any:
        """All of a name that is given more than once, so that none is ignored."""
        if hasattr(dictionary, "getlist"):
            given = dictionary.getlist(self.field_name)
            return ",".join(given) if given else serializers.empty
        return super().get_value(dictionary)

    def to_internal_value(self, data: str) -> tuple[str, ...]:
        names = tuple(name.strip() for name in data.split(","))
        for name in names:
            if name not in self.choices:
                self.fail("unknown", name=name, choices=", ".join(self.choices))
        return names

    def to_representation(self, value: tuple[str, ...]) -> str:
        return ",".join(value)
