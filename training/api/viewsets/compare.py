"""Runs and checkpoints beside one another."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.views import ApiViewSet
from training.api.serializers.compare import (
    ComparedSerializer,
    CompareQuery,
    CompareSerializer,
    CostSerializer,
    CurvesQuery,
    DifferenceSerializer,
    OverlaidSerializer,
    TwoSerializer,
)
from training.contrast.compared import Compared, compared
from training.contrast.differing import costs, differing
from training.contrast.measured_points import CurveView
from training.contrast.overlaid import figure_named, overlay
from training.contrast.told_apart import told_apart
from training.errors import CompareRefused


class CompareViewSet(ApiViewSet):
    queries = {"retrieve": CompareQuery, "curves": CurvesQuery}

    @extend_schema(parameters=[CompareQuery], responses=CompareSerializer)
    def retrieve(self, request: Request) -> Response:
        """Up to eight runs and checkpoints: what differs, and which can be told apart."""
        rows = self._compared()
        return Response(
            {
                "compared": ComparedSerializer(rows, many=True).data,
                "held_out": TwoSerializer(told_apart(rows), many=True).data,
                "settings": DifferenceSerializer(differing(rows), many=True).data,
                "costs": CostSerializer(costs(rows), many=True).data,
            }
        )

    @extend_schema(parameters=[CurvesQuery], responses=OverlaidSerializer(many=True))
    def curves(self, request: Request) -> Response:
        """Their curves, at most 500 points each, by step, by tokens learnt from or by minutes."""
        asked = self.filters
        view = CurveView(
            across=asked.get("across", "step"),
            smoothing=asked.get("smoothing", 0.0),
            figures=tuple(figure_named(name) for name in asked.get("figure", [])),
        )
        found = overlay(self._compared(), view).pictures
        return Response(OverlaidSerializer(found, many=True).data)

    def _compared(self) -> list[Compared]:
        runs, checkpoints = self.filters.get("run", []), self.filters.get("checkpoint", [])
        if not runs and not checkpoints:
            raise CompareRefused(_("Name a run or a checkpoint."), field="run", value=None)
        return compared(self.caller, runs=runs, checkpoints=checkpoints)
