"""Sweeps: queued and cancelled by site admins, read by the leads concerned."""

from django.db.models import Prefetch
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import require_site_admin
from annotate.api.views import ApiViewSet
from training.access.permissions import visible_sweeps
from training.api.serializers.compare import (
    CancelledSerializer,
    SweepBody,
    SweepQuery,
    SweepSerializer,
    SweptSerializer,
)
from training.api.throttles import RunThrottle
from training.api.viewsets.runs import named, required
from training.contrast.swept import swept
from training.models import Checkpoint, Run, Snapshot, Sweep
from training.runs.sweeps import cancel_sweep, queue_sweep

RUN_IDS = Prefetch("runs", Run.objects.only("public_id", "sweep").order_by("pk"))


class SweepViewSet(ApiViewSet):
    throttle_classes = [RunThrottle]
    queries = {"retrieve": SweepQuery}

    @extend_schema(responses=SweepSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The sweeps that you may read."""
        rows = visible_sweeps(self.caller).prefetch_related(RUN_IDS)
        return self.page_of(rows, SweepSerializer)

    @extend_schema(request=SweepBody, responses={201: SweepSerializer})
    def create(self, request: Request) -> Response:
        """Queue a run for every combination of the values: all of them, or none."""
        require_site_admin(self.caller)
        body = self.body(SweepBody)
        sweep = queue_sweep(
            name=body["name"],
            method=body["method"],
            snapshot=required(Snapshot, body, "snapshot"),
            base=named(Checkpoint, body, "base"),
            after=named(Run, body, "after"),
            varied=body["varied"],
            settings=body["settings"],
            requested_by=self.caller,
        )
        return Response(SweepSerializer(sweep).data, status=status.HTTP_201_CREATED)

    @extend_schema(parameters=[SweepQuery], responses=SweptSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """A sweep with its runs, the best by a figure first."""
        table = swept(self._sweep(public_id), self.caller, by=self.filters.get("by", ""))
        return Response(SweptSerializer(table).data)

    @extend_schema(request=None, responses={202: CancelledSerializer})
    def cancel(self, request: Request, public_id: str) -> Response:
        """Cancel all runs of the sweep that have not ended."""
        sweep = self._sweep(public_id)
        require_site_admin(self.caller)
        n_cancelled = cancel_sweep(sweep_id=sweep.public_id, requested_by=self.caller)
        return Response({"n_cancelled": n_cancelled}, status=status.HTTP_202_ACCEPTED)

    def _sweep(self, public_id: str) -> Sweep:
        sweep = visible_sweeps(self.caller).filter(public_id=public_id).first()
        if sweep is None:
            raise Http404
        return sweep
