"""Serializers that refuse what they do not know, so that a misspelt name is never ignored."""

from typing import Any

from django.utils.translation import gettext_lazy as _
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
