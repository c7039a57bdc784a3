"""Comparisons with their judgements, rulings and flags, for reviewers and leads."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import require_role
from annotate.api.serializers.comparisons import (
    AdjudicationBody,
    AdjudicationSerializer,
    ComparisonDetailSerializer,
    ComparisonQuery,
    ComparisonSerializer,
)
from annotate.api.views import ApiViewSet
from annotate.comparisons.visible import listed_comparisons
from annotate.judging.adjudication import adjudicate
from annotate.judging.exposures import record_exposure
from annotate.judging.flags import close_flag
from annotate.models import Adjudication, Comparison, ComparisonState, Flag, Project, Role


class ComparisonViewSet(ApiViewSet):
    queries = {"list": ComparisonQuery}

    @extend_schema(parameters=[ComparisonQuery], responses=ComparisonSerializer(many=True))
    def list(self, request: Request, slug: str) -> Response:
        """The project's comparisons, without votes and origins."""
        project = self.project(Role.REVIEWER)
        return self.page_of(self._wanted(project), ComparisonSerializer)

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
        comparison = (
            Comparison.objects.select_related("project", "prompt", "first", "second")
            .exclude(state=ComparisonState.STAGED)
            .filter(public_id=public_id)
            .first()
        )
        if comparison is None:
            raise Http404
        require_role(self.caller, comparison.project, Role.REVIEWER)
        return comparison

    def _wanted(self, project: Project) -> QuerySet[Comparison]:
        comparisons = listed_comparisons(project).select_related("prompt")
        if "state" in self.filters:
            comparisons = comparisons.filter(state=self.filters["state"])
        if self.filters["contested"] is not None:
            is_contested = Q(n_divided__gt=0)
            comparisons = comparisons.filter(_when(is_contested, self.filters["contested"]))
        if self.filters["flagged"] is not None:
            flags = Flag.objects.filter(comparison=OuterRef("pk"), closed_at=None)
            comparisons = comparisons.filter(_when(Q(Exists(flags)), self.filters["flagged"]))
        return comparisons


class FlagViewSet(ApiViewSet):
    @extend_schema(request=None, responses={204: None})
    def close(self, request: Request, public_id: str) -> Response:
        """Say that a report has been looked at."""
        flag = (
            Flag.objects.select_related("comparison__project").filter(public_id=public_id).first()
        )
        if flag is None:
            raise Http404
        require_role(self.caller, flag.comparison.project, Role.REVIEWER)
        close_flag(flag=flag)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _when(condition: Q, is_wanted: bool) -> Q:
    return condition if is_wanted else ~condition
