"""The registry of models, and their evaluations."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, Http404, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from annotate.access.permissions import require_site_admin
from annotate.api.views import ApiViewSet
from training.access.permissions import visible_checkpoints, visible_evaluations
from training.api.serializers.checkpoints import (
    BaseBody,
    CheckpointDetailSerializer,
    CheckpointQuery,
    CheckpointSerializer,
    EvaluationQuery,
    EvaluationSerializer,
    LineageStepSerializer,
    RegistrationSerializer,
)
from training.artifacts.store import tar_size, tar_stream
from training.checkpoints.registrations import bring_base
from training.models import Checkpoint, Evaluation, Registration, with_is_champion
from training.reports.checkpoint_archive import api_archive_top
from training.reports.evaluation_report import report_to_keep


class CheckpointViewSet(ApiViewSet):
    queries = {"list": CheckpointQuery}

    @extend_schema(parameters=[CheckpointQuery], responses=CheckpointSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The checkpoints that you may read."""
        checkpoints = self._visible().defer("manifest")
        if "kind" in self.filters:
            checkpoints = checkpoints.filter(kind=self.filters["kind"])
        for name in ("is_final", "is_promoted"):
            if self.filters[name] is not None:
                checkpoints = checkpoints.filter(**{name: self.filters[name]})
        if "run" in self.filters:
            checkpoints = checkpoints.filter(run__public_id=self.filters["run"])
        return self.page_of(checkpoints, CheckpointSerializer)

    @extend_schema(
        request=BaseBody,
        responses={
            201: CheckpointDetailSerializer,
            202: OpenApiResponse(
                RegistrationSerializer, description=_("It is large, and a worker reads it.")
            ),
        },
    )
    def create(self, request: Request) -> Response:
        """Register a base model: at once, or in the background with 202; only safetensors count."""
        require_site_admin(self.caller)
        body = self.body(BaseBody)
        brought = bring_base(
            path_or_hub_id=body["source"], name=body["name"], brought_by=self.caller
        )
        if isinstance(brought, Registration):
            return Response(
                RegistrationSerializer(brought).data,
                status=status.HTTP_202_ACCEPTED,
                headers={"Location": reverse("api:registration", [brought.public_id])},
            )
        return Response(self._detail(brought), status=status.HTTP_201_CREATED)

    @extend_schema(responses=CheckpointDetailSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """A checkpoint with its manifest."""
        return Response(self._detail(self._checkpoint(public_id)))

    @extend_schema(responses=LineageStepSerializer(many=True))
    def lineage(self, request: Request, public_id: str) -> Response:
        """From this checkpoint back to its base, each with its run and that run's snapshot."""
        steps = [
            {"checkpoint": one, "run": one.run, "snapshot": one.run and one.run.snapshot}
            for one in _back_to_base(self._checkpoint(public_id))
        ]
        return Response(LineageStepSerializer(steps, many=True).data)

    @extend_schema(responses={(200, "application/x-tar"): OpenApiTypes.BINARY})
    def download(self, request: Request, public_id: str) -> StreamingHttpResponse:
        """The model's files as a tar archive."""
        checkpoint = self._checkpoint(public_id)
        if checkpoint.dropped_at is not None:
            raise Http404
        top = api_archive_top(checkpoint)
        blocks = tar_stream(
            checkpoint.folder, checkpoint.manifest, top=top, is_local=checkpoint.is_local
        )
        return StreamingHttpResponse(
            blocks,
            content_type="application/x-tar",
            headers={
                "Content-Disposition": f'attachment; filename="{top}.tar"',
                "Content-Length": str(tar_size(checkpoint.manifest, top=top)),
            },
        )

    def _detail(self, checkpoint: Checkpoint) -> dict[str, Any]:
        serializer = CheckpointDetailSerializer(checkpoint, context={"caller": self.caller})
        detail: dict[str, Any] = serializer.data
        return detail

    def _visible(self) -> QuerySet[Checkpoint]:
        found = with_is_champion(visible_checkpoints(self.caller))
        return found.select_related("run__snapshot", "lies_over")

    def _checkpoint(self, public_id: str) -> Checkpoint:
        checkpoint = self._visible().filter(public_id=public_id).first()
        if checkpoint is None:
            raise Http404
        return checkpoint


class RegistrationViewSet(ApiViewSet):
    @extend_schema(responses=RegistrationSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The large bases that were asked for, those under way among them."""
        require_site_admin(self.caller)
        return self.page_of(Registration.objects.select_related("base"), RegistrationSerializer)

    @extend_schema(responses=RegistrationSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """How far a large base is, and what became of it."""
        require_site_admin(self.caller)
        found = Registration.objects.select_related("base").filter(public_id=public_id).first()
        if found is None:
            raise Http404
        return Response(RegistrationSerializer(found).data)


class EvaluationViewSet(ApiViewSet):
    queries = {"list": EvaluationQuery}

    @extend_schema(parameters=[EvaluationQuery], responses=EvaluationSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The evaluations that you may read."""
        evaluations = self._visible()
        for name in ("checkpoint", "snapshot"):
            if name in self.filters:
                evaluations = evaluations.filter(**{f"{name}__public_id": self.filters[name]})
        return self.page_of(evaluations, EvaluationSerializer)

    @extend_schema(responses=EvaluationSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """Figures of one checkpoint, beside their baselines."""
        evaluation = self._visible().filter(public_id=public_id).first()
        if evaluation is None:
            raise Http404
        return Response(EvaluationSerializer(evaluation).data)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def report(self, request: Request, public_id: str) -> FileResponse:
        """All figures of an evaluation as one page to keep."""
        evaluation = self._visible().filter(public_id=public_id).first()
        if evaluation is None or not evaluation.report:
            raise Http404
        return report_to_keep(evaluation)

    def _visible(self) -> QuerySet[Evaluation]:
        return visible_evaluations(self.caller).select_related("checkpoint", "snapshot", "run")


def _back_to_base(checkpoint: Checkpoint | None) -> Iterator[Checkpoint]:
    """An adapter that was brought along leads to what it lies over."""
    while checkpoint is not None:
        yield checkpoint
        run = checkpoint.run
        if run is None:
            checkpoint = checkpoint.lies_over
        elif run.base is None and run.after is not None:
            checkpoint = run.after.checkpoints.filter(is_final=True).first()
        else:
            checkpoint = run.base
