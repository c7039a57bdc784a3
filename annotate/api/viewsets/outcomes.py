"""What the judgements of a project amount to: agreement and preferences."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.serializers.comparisons import PreferenceQuery, PreferenceSerializer
from annotate.api.views import ApiViewSet
from annotate.models import AgreementReport, Preference, Role


class AgreementSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=["ready", "computing"])
    n_judgements = serializers.IntegerField(allow_null=True)
    computed_at = serializers.DateTimeField(allow_null=True)
    report = serializers.JSONField(
        allow_null=True,
        help_text=_(
            "“all” and “without_simulated”: each figure with its value, interval and counts, "
            "or why it is undefined."
        ),
    )


class AgreementViewSet(ApiViewSet):
    @extend_schema(responses={200: AgreementSerializer, 202: AgreementSerializer})
    def retrieve(self, request: Request, slug: str) -> Response:
        """The figures as last stored; 202 while a worker computes the first ones."""
        project = self.project(Role.REVIEWER)
        stored = AgreementReport.stored_for(project)
        if stored is None:
            computing = {"state": "computing"} | dict.fromkeys(
                ["n_judgements", "computed_at", "report"]
            )
            return Response(computing, status=status.HTTP_202_ACCEPTED)
        return Response(
            {
                "state": "ready",
                "n_judgements": stored.n_judgements,
                "computed_at": stored.computed_at,
                "report": stored.report,
            }
        )


class PreferenceViewSet(ApiViewSet):
    queries = {"list": PreferenceQuery}

    @extend_schema(parameters=[PreferenceQuery], responses=PreferenceSerializer(many=True))
    def list(self, request: Request, slug: str) -> Response:
        """What training may use, with votes and origins; you may not judge what you read here."""
        project = self.project(Role.LEAD)
        wanted = self.filters
        preferences = Preference.objects.filter(comparison__project=project).select_related(
            "comparison__prompt", "comparison__project", "chosen", "rejected"
        )
        if not wanted["superseded"]:
            preferences = preferences.filter(superseded_at=None)
        if "outcome" in wanted:
            preferences = preferences.filter(outcome=wanted["outcome"])
        if "resolved_by" in wanted:
            preferences = preferences.filter(resolved_by=wanted["resolved_by"])
        if "min_agreement" in wanted:
            preferences = preferences.filter(agreement__gte=wanted["min_agreement"])
        if "since" in wanted:
            preferences = preferences.filter(resolved_at__gte=wanted["since"])
        return self.spoiling_page_of(preferences, PreferenceSerializer)
