"""Comparisons with their judgements and rulings, for reviewers and leads."""

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.serializers.comparisons import (
    AdjudicationBody,
    AdjudicationSerializer,
    ComparisonDetailSerializer,
    ComparisonQuery,
    ComparisonSerializer,
)
from annotate.api.views import ApiViewSet
from annotate.models import Adjudication, Comparison, ComparisonState, Flag, Role
from annotate.permissions import require_role
from annotate.services.adjudication import adjudicate
from annotate.services.exposures import record_exposure


class ComparisonViewSet(ApiViewSet):
    queries = {"list": ComparisonQuery}

    @extend_schema(parameters=[ComparisonQuery], responses=ComparisonSerializer(many=True))
    def list(self, request: Request, slug: str) -> Response:
        """The project's comparisons, without votes and origins."""
        published = _published().filter(project=self.project(Role.REVIEWER))
        return self.page_of(self._wanted(published), ComparisonSerializer)

    @extend_schema(responses=ComparisonDetailSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """A comparison with everybody's judgements; you may not judge it afterwards."""
        comparison = self._comparison(public_id)
        record_exposure(annotator=self.annotator, comparison=comparison)
        return Response(ComparisonDetailSerializer(comparison).data)

    @extend_schema(responses=AdjudicationSerializer(many=True))
    def list_adjudications(self, request: Request, public_id: str) -> Response:
        """The rulings on a comparison, replaced ones too; you may not judge it afterwards."""
        comparison = self._comparison(public_id)
        record_exposure(annotator=self.annotator, comparison=comparison)
        rulings = Adjudication.objects.filter(comparison=comparison)
        return self.page_of(
            rulings.select_related("comparison", "reviewer"), AdjudicationSerializer
        )

    @extend_schema(request=AdjudicationBody, responses={201: AdjudicationSerializer})
    def adjudicate(self, request: Request, public_id: str) -> Response:
        """Rule on a disputed comparison; an earlier ruling is replaced."""
        comparison = self._comparison(public_id)
        ruling = adjudicate(
            reviewer=self.annotator,
            comparison_id=comparison.public_id,
            **self.body(AdjudicationBody),
        )
        return Response(AdjudicationSerializer(ruling).data, status=status.HTTP_201_CREATED)

    def _comparison(self, public_id: str) -> Comparison:
        comparison = _published().filter(public_id=public_id).first()
        if comparison is None:
            raise Http404
        require_role(self.request.user, comparison.project, Role.REVIEWER)
        return comparison

    def _wanted(self, comparisons: QuerySet[Comparison]) -> QuerySet[Comparison]:
        if "state" in self.filters:
            comparisons = comparisons.filter(state=self.filters["state"])
        if self.filters["contested"] is not None:
            unanimous = Q()
            for count in ("n_first", "n_second", "n_tie", "n_both_bad"):
                unanimous |= Q(n_counted=F(count))
            comparisons = comparisons.filter(~unanimous if self.filters["contested"] else unanimous)
        if self.filters["flagged"] is not None:
            flags = Flag.objects.filter(comparison=OuterRef("pk"), closed_at=None)
            is_flagged = Exists(flags)
            comparisons = comparisons.filter(is_flagged if self.filters["flagged"] else ~is_flagged)
        return comparisons


def _published() -> QuerySet[Comparison]:
    return Comparison.objects.exclude(state=ComparisonState.STAGED).select_related(
        "project", "prompt", "first", "second"
    )
