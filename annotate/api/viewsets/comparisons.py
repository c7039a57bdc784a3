"""Comparisons with their judgements, rulings and flags, for reviewers and leads."""

from typing import cast

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import require_role
from annotate.api.listed_pages import ListedPages
from annotate.api.serializers.comparisons import (
    AdjudicationBody,
    AdjudicationSerializer,
    ComparisonDetailSerializer,
    ComparisonQuery,
    ComparisonSerializer,
    TriageBody,
    TriageSerializer,
)
from annotate.api.views import ApiViewSet
from annotate.judging.adjudication import adjudicate
from annotate.judging.exposures import record_exposure, record_exposures
from annotate.judging.flags import close_flag
from annotate.judging.triaging import triage
from annotate.listing.filter_kinds import Wanted
from annotate.listing.filters import FILTERS, tells_votes
from annotate.models import Adjudication, Comparison, ComparisonState, Flag, Role, Triage


class ComparisonViewSet(ApiViewSet):
    queries = {"list": ComparisonQuery}

    @extend_schema(parameters=[ComparisonQuery], responses=ComparisonSerializer(many=True))
    def list(self, request: Request, slug: str) -> Response:
        """The project's comparisons, without votes; found by a verdict, you may not judge them."""
        project = self.project(Role.REVIEWER)
        values = {name: value for name, value in self.filters.items() if name != "sort"}
        for_leads = [name for name in values if FILTERS[name].role == Role.LEAD]
        if for_leads:
            require_role(self.caller, project, Role.LEAD)
        wanted = Wanted(values, self.filters.get("sort", ""))
        paginator = cast("ListedPages", self.paginator)
        rows = paginator.found(project, wanted, request)
        if tells_votes(wanted):
            record_exposures(annotator=self.annotator, comparisons=rows)
        return paginator.get_paginated_response(ComparisonSerializer(rows, many=True).data)

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

    @extend_schema(responses=TriageSerializer(many=True))
    def list_triages(self, request: Request, public_id: str) -> Response:
        """Why people differ on a comparison, replaced ones too; you may not judge it afterwards."""
        comparison = self._comparison(public_id)
        record_exposure(annotator=self.annotator, comparison=comparison)
        made = Triage.objects.filter(comparison=comparison)
        return self.page_of(made.select_related("comparison", "triaged_by"), TriageSerializer)

    @extend_schema(request=TriageBody, responses={201: TriageSerializer})
    def triage(self, request: Request, public_id: str) -> Response:
        """Say why people differ on a comparison, and how it enters training; it closes."""
        comparison = self._comparison(public_id)
        made = triage(
            by=self.annotator, comparison_id=comparison.public_id, **self.body(TriageBody)
        )
        return Response(TriageSerializer(made).data, status=status.HTTP_201_CREATED)

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
