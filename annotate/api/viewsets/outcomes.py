"""What the judgements of a project amount to: preferences."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.serializers.comparisons import PreferenceQuery, PreferenceSerializer
from annotate.api.views import ApiViewSet
from annotate.models import Preference, Role


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
