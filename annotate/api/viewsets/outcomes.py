"""What the judgements of a project amount to: agreement and preferences."""

from math import inf
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.agreement.included import (
    NARROWEST,
    PLAN,
    SECTIONS,
    WIDTH,
    included,
    report_alone,
    role_for,
)
from annotate.api.serializers.comparisons import PreferenceQuery, PreferenceSerializer
from annotate.api.strict import NamesField, Query
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
    sections = serializers.JSONField(
        required=False,
        allow_null=True,
        help_text=_("The sections that “include” names, for “all” and “without_simulated”."),
    )


class AgreementQuery(Query):
    include = NamesField(
        choices=SECTIONS,
        required=False,
        help_text=_(
            "Further sections, their names with commas between: ratings (of models, for leads), "
            "pairwise, weighted, plan."
        ),
    )
    width = serializers.FloatField(
        required=False, help_text=_("Of the intervals to plan for, above 0; 0.1 if not given.")
    )

    def validate_width(self, width: float) -> float:
        if not NARROWEST < width < inf:
            raise serializers.ValidationError(_("A width is above 0.000001."), code="min_value")
        return width

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "width" in attrs and PLAN not in attrs.get("include", ()):
            message = _("A width is for the plan: add include=plan.")
            raise serializers.ValidationError({"width": [message]})
        return attrs


class AgreementViewSet(ApiViewSet):
    queries = {"retrieve": AgreementQuery}

    @extend_schema(
        parameters=[AgreementQuery], responses={200: AgreementSerializer, 202: AgreementSerializer}
    )
    def retrieve(self, request: Request, slug: str) -> Response:
        """The figures as last stored; 202 while a worker computes the first ones."""
        names = self.filters.get("include", ())
        project = self.project(role_for(names))
        stored = AgreementReport.stored_for(project)
        if stored is None:
            computing = {"state": "computing"} | dict.fromkeys(
                ["n_judgements", "computed_at", "report"]
            )
            return Response(computing, status=status.HTTP_202_ACCEPTED)
        answer = {
            "state": "ready",
            "n_judgements": stored.n_judgements,
            "computed_at": stored.computed_at,
            "report": report_alone(stored),
        }
        if names:
            widths = [self.filters.get("width", WIDTH)]
            answer["sections"] = {
                cohort: included(stored, names, cohort=cohort, widths=widths)
                for cohort in stored.report["sections"]
            }
        return Response(answer)


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
