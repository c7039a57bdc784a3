"""How the API describes itself: every operation names the problems it may answer."""

import inspect

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers


class FieldErrorSerializer(serializers.Serializer):
    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()
    value = serializers.JSONField(required=False)


class ProblemSerializer(serializers.Serializer):
    """RFC 9457, with the code, field, value and row of what is wrong where they are known."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    field = serializers.CharField(required=False)
    value = serializers.JSONField(required=False)
    row = serializers.IntegerField(required=False)
    errors = FieldErrorSerializer(many=True, required=False)


class ProblemSchema(AutoSchema):
    """One sentence for each operation, from its own docstring and never from its class's."""

    def get_summary(self) -> str:
        return inspect.getdoc(getattr(self.view, self.view.action)) or ""

    def get_description(self) -> str:
        return ""

    def _get_response_bodies(self, direction: str = "response") -> dict:
        bodies = super()._get_response_bodies(direction)
        problem = OpenApiResponse(ProblemSerializer, description="A problem.")
        bodies["default"] = self._get_response_for_code(
            problem, "default", media_types=["application/problem+json"], direction=direction
        )
        return bodies
