"""How the API describes itself: every operation names the problems it may answer."""

import inspect
from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

from annotate.api.strict import StrictSerializer

Direction = Literal["request", "response"]


class FieldErrorSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()
    value = serializers.JSONField(required=False)


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457, with the code, field, value and row of what is wrong where they are known."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    field = serializers.CharField(required=False)
    value = serializers.JSONField(required=False)
    row = serializers.IntegerField(required=False)
    # A field, which the metaclass takes out of the class.
    errors = FieldErrorSerializer(many=True, required=False)  # type: ignore[assignment]


class ProblemSchema(AutoSchema):
    """One sentence for each operation, from its own docstring and never from its class's."""

    def get_summary(self) -> str:
        view: Any = self.view  # a view set, which has an action
        return inspect.getdoc(getattr(view, view.action)) or ""

    def get_description(self) -> str:  # type: ignore[override]  # as spectacular calls it
        return ""

    def _map_basic_serializer(self, serializer: Any, direction: Direction) -> dict[str, Any]:
        """A strict body holds its fields and no others."""
        schema: dict[str, Any] = super()._map_basic_serializer(  # type: ignore[no-untyped-call]
            serializer, direction
        )
        one: Any = force_instance(serializer)  # type: ignore[no-untyped-call]  # theirs
        if isinstance(one, StrictSerializer):
            schema["additionalProperties"] = False
        return schema

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        problem = OpenApiResponse(ProblemSerializer, description="A problem.")
        bodies["default"] = self._get_response_for_code(  # type: ignore[no-untyped-call]  # theirs
            problem, "default", media_types=["application/problem+json"], direction=direction
        )
        return bodies
