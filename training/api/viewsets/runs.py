"""Runs: queued, cancelled and resumed by site admins; watched by the leads concerned."""

from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, Prefetch, QuerySet
from django.http import Http404, StreamingHttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import require_site_admin
from annotate.api.pagination import InOrderOf
from annotate.api.views import ApiViewSet
from annotate.errors import InvalidInput
from annotate.models import Project, User
from training.access.permissions import visible_runs
from training.api.serializers.run_bodies import (
    EvaluateBody,
    KindBody,
    MergeBody,
    SampleBody,
    TrainBody,
)
from training.api.serializers.runs import (
    AdvisedRunSerializer,
    RunDetailSerializer,
    RunLogSerializer,
    RunMetricQuery,
    RunMetricSerializer,
    RunQuery,
    RunSerializer,
    TriedRunSerializer,
)
from training.api.throttles import RunThrottle
from training.models import Attempt, Checkpoint, Run, RunKind, Snapshot
from training.reports.tensorboard import event_file, event_file_name
from training.runs.merge_run import queue_merge_run
from training.runs.queue import queue_evaluation_run, queue_run, request_cancel, resume_run
from training.runs.sample_runs import queue_sample_run
from training.runs.tried_run import planned

BODIES: dict[str, type[KindBody]] = {
    RunKind.TRAIN: TrainBody,
    RunKind.SAMPLE: SampleBody,
    RunKind.EVALUATE: EvaluateBody,
    RunKind.MERGE: MergeBody,
}
NEW_RUN = PolymorphicProxySerializer(
    component_name="NewRun",
    serializers={str(kind): body for kind, body in BODIES.items()},
    resource_type_field_name="kind",
)
HEAVY_FIELDS = ["log", "live_samples", "preflight", "plan", "summary"]
Row = TypeVar("Row", bound=Model)


class RunViewSet(ApiViewSet):
    throttle_classes = [RunThrottle]
    queries = {"list": RunQuery}

    @extend_schema(parameters=[RunQuery], responses=RunSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The runs that you may read."""
        runs = self._visible().defer(*HEAVY_FIELDS)
        for name in ("kind", "method", "state"):
            if name in self.filters:
                runs = runs.filter(**{name: self.filters[name]})
        if "snapshot" in self.filters:
            runs = runs.filter(snapshot__public_id=self.filters["snapshot"])
        return self.page_of(runs, RunSerializer)

    @extend_schema(request=NEW_RUN, responses={200: TriedRunSerializer, 201: AdvisedRunSerializer})
    def create(self, request: Request) -> Response:
        """Queue a run, its settings checked here; with `dry_run`, only say what would be queued."""
        require_site_admin(self.caller)
        kind = request.data.get("kind", RunKind.TRAIN) if hasattr(request.data, "get") else None
        body = self.body(BODIES.get(kind, TrainBody) if isinstance(kind, str) else TrainBody)
        queue = partial(_QUEUE[body.pop("kind")], body, self.caller)
        if body.pop("dry_run"):
            return Response(planned(queue, lambda run: TriedRunSerializer(run).data))
        return Response(AdvisedRunSerializer(queue()).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=RunDetailSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """A run with its preflight, plan and summary."""
        return Response(RunDetailSerializer(self._run(public_id)).data)

    @extend_schema(responses=RunLogSerializer)
    def log(self, request: Request, public_id: str) -> Response:
        """The end of what the run printed, and why it failed."""
        run = self._run(public_id)
        return Response({"log": run.log, "reason": run.reason})

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def events(self, request: Request, public_id: str) -> StreamingHttpResponse:
        """The run's figures so far, as an event file for TensorBoard."""
        run = self._run(public_id)
        return StreamingHttpResponse(
            event_file(run),
            content_type="application/octet-stream",
            headers={"Content-Disposition": f'attachment; filename="{event_file_name(run)}"'},
        )

    @extend_schema(request=None, responses={202: RunSerializer})
    def cancel(self, request: Request, public_id: str) -> Response:
        """Ask the worker to stop the run; it saves a checkpoint first."""
        run = self._run_to_change(public_id)
        run = request_cancel(run_id=run.public_id, requested_by=self.caller)
        return Response(RunSerializer(run).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses={202: RunSerializer})
    def resume(self, request: Request, public_id: str) -> Response:
        """Queue a failed or cancelled run again, from its last checkpoint."""
        run = self._run_to_change(public_id)
        run = resume_run(run_id=run.public_id, requested_by=self.caller)
        return Response(RunSerializer(run).data, status=status.HTTP_202_ACCEPTED)

    def _visible(self) -> QuerySet[Run]:
        by_step = Prefetch("checkpoints", queryset=Checkpoint.objects.order_by("step", "pk"))
        related = visible_runs(self.caller).select_related(
            "snapshot", "base", "after", "against", "project"
        )
        return related.prefetch_related(by_step, "reward_models")

    def _run(self, public_id: str) -> Run:
        by_number = Attempt.objects.select_related("resumed_by", "cancelled_by").order_by("number")
        attempts = Prefetch("attempts", queryset=by_number)
        run = self._visible().prefetch_related(attempts).filter(public_id=public_id).first()
        if run is None:
            raise Http404
        return run

    def _run_to_change(self, public_id: str) -> Run:
        run = self._run(public_id)
        require_site_admin(self.caller)
        return run


class MetricPages(InOrderOf):
    fields = ("step", "phase")


class RunMetricViewSet(ApiViewSet):
    pagination_class = MetricPages
    queries = {"list": RunMetricQuery}

    @extend_schema(parameters=[RunMetricQuery], responses=RunMetricSerializer(many=True))
    def list(self, request: Request, public_id: str) -> Response:
        """What the run logged, by step; `after_step` brings what is new."""
        run = visible_runs(self.caller).only("pk").filter(public_id=public_id).first()
        if run is None:
            raise Http404
        metrics = run.metrics.all()
        if "phase" in self.filters:
            metrics = metrics.filter(phase=self.filters["phase"])
        if "after_step" in self.filters:
            metrics = metrics.filter(step__gt=self.filters["after_step"])
        return self.page_of(metrics, RunMetricSerializer)


def _train(body: dict[str, Any], user: User) -> Run:
    return queue_run(
        method=body["method"],
        snapshot=required(Snapshot, body, "snapshot"),
        base=named(Checkpoint, body, "base"),
        after=named(Run, body, "after"),
        settings=body["settings"],
        name=body["name"],
        requested_by=user,
    )


def _sample(body: dict[str, Any], user: User) -> Run:
    project = Project.objects.filter(slug=body["project"]).first()
    if project is None:
        raise _nothing_named("project", body["project"])
    return queue_sample_run(
        project=project,
        checkpoint=required(Checkpoint, body, "checkpoint"),
        against_base=body["against_base"],
        n_prompts=body["n_prompts"],
        unanswered_only=body["unanswered_only"],
        reward_model=named(Checkpoint, body, "reward_model"),
        n_candidates=body["n_candidates"],
        settings=body["settings"],
        name=body["name"],
        requested_by=user,
    )


def _evaluate(body: dict[str, Any], user: User) -> Run:
    return queue_evaluation_run(
        checkpoint=required(Checkpoint, body, "checkpoint"),
        snapshot=required(Snapshot, body, "snapshot"),
        reward_model=named(Checkpoint, body, "reward_model"),
        against=named(Checkpoint, body, "against"),
        settings=body["settings"],
        name=body["name"],
        requested_by=user,
    )


def _merge(body: dict[str, Any], user: User) -> Run:
    return queue_merge_run(
        checkpoint=required(Checkpoint, body, "checkpoint"),
        name=body["name"],
        requested_by=user,
    )


_QUEUE = {
    RunKind.TRAIN: _train,
    RunKind.SAMPLE: _sample,
    RunKind.EVALUATE: _evaluate,
    RunKind.MERGE: _merge,
}


def named(model: type[Row], body: dict[str, Any], field: str) -> Row | None:
    """The row that a field of the body names; None where it names none."""
    public_id = body[field]
    if public_id is None:
        return None
    row = model._default_manager.filter(public_id=public_id).first()
    if row is None:
        raise _nothing_named(field, public_id)
    return row


def required(model: type[Row], body: dict[str, Any], field: str) -> Row:
    """The row that a field names, which its serializer does not leave empty."""
    row = named(model, body, field)
    if row is None:
        raise _nothing_named(field, "")
    return row


def _nothing_named(field: str, value: UUID | str) -> InvalidInput:
    return InvalidInput(_("Nothing here has this name."), field=field, value=str(value))
