"""Snapshots: frozen by site admins, read by the leads of every project in them."""

from django.db.models import QuerySet
from django.http import FileResponse, Http404, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import require_site_admin
from annotate.api.pagination import InOrderOf
from annotate.api.views import ApiViewSet
from annotate.errors import InvalidInput
from annotate.models import Project
from training.access.permissions import (
    visible_checkpoints,
    visible_evaluations,
    visible_runs,
    visible_snapshots,
)
from training.api.serializers.snapshots import (
    SnapshotAdviceSerializer,
    SnapshotBody,
    SnapshotLineageSerializer,
    SnapshotPairQuery,
    SnapshotPairSerializer,
    SnapshotSerializer,
)
from training.artifacts.store import artifact_store
from training.models import Snapshot
from training.runs.advice import advice_on
from training.snapshots.archive import archive_name, archive_of
from training.snapshots.freezing import freeze_snapshot, note_reading
from training.snapshots.selection import Selection


class SnapshotViewSet(ApiViewSet):
    @extend_schema(responses=SnapshotSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The snapshots that you may read."""
        return self.page_of(self._visible(), SnapshotSerializer)

    @extend_schema(request=SnapshotBody, responses={201: SnapshotSerializer})
    def create(self, request: Request) -> Response:
        """Freeze the selected preferences for good."""
        require_site_admin(self.caller)
        body = self.body(SnapshotBody)
        snapshot = freeze_snapshot(
            name=body["name"],
            projects=_projects_named(body["projects"]),
            selection=Selection.from_json(body.get("selection", {})),
            frozen_by=self.caller,
        )
        return Response(SnapshotSerializer(snapshot).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=SnapshotSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """A snapshot with its selection, digest and counts."""
        return Response(SnapshotSerializer(self._snapshot(public_id)).data)

    @extend_schema(responses=SnapshotAdviceSerializer)
    def advice(self, request: Request, public_id: str) -> Response:
        """Which method to begin with on this snapshot, and why, as the page advises it."""
        return Response(SnapshotAdviceSerializer(advice_on(self._snapshot(public_id))).data)

    @extend_schema(responses=SnapshotLineageSerializer)
    def lineage(self, request: Request, public_id: str) -> Response:
        """What was made from this snapshot, as far as you may read it."""
        snapshot = self._snapshot(public_id)
        found = {
            "runs": visible_runs(self.caller).filter(snapshot=snapshot),
            "checkpoints": visible_checkpoints(self.caller).filter(run__snapshot=snapshot),
            "evaluations": visible_evaluations(self.caller).filter(snapshot=snapshot),
        }
        return Response(
            {
                name: list(rows.order_by("pk").values_list("public_id", flat=True))
                for name, rows in found.items()
            }
        )

    @extend_schema(responses={(200, "application/jsonl"): OpenApiTypes.BINARY})
    def download(self, request: Request, public_id: str) -> FileResponse:
        """The records as JSON Lines; their SHA-256 is `records_sha256`."""
        snapshot = self._snapshot(public_id)
        note_reading(snapshot=snapshot, reader=self.caller)
        return FileResponse(
            artifact_store().open(snapshot.file),
            as_attachment=True,
            filename=f"snapshot-{snapshot.digest[:12]}.jsonl",
            content_type="application/jsonl",
        )

    @extend_schema(responses={(200, "application/x-tar"): OpenApiTypes.BINARY})
    def archive(self, request: Request, public_id: str) -> StreamingHttpResponse:
        """Records, the side of each, manifest, and the header that the digest begins with.

        `cat header.json records.jsonl | sha256sum` prints the digest.
        """
        snapshot = self._snapshot(public_id)
        note_reading(snapshot=snapshot, reader=self.caller)
        return StreamingHttpResponse(
            archive_of(snapshot),
            content_type="application/x-tar",
            headers={"Content-Disposition": f'attachment; filename="{archive_name(snapshot)}.tar"'},
        )

    def _visible(self) -> QuerySet[Snapshot]:
        return visible_snapshots(self.caller).prefetch_related("projects")

    def _snapshot(self, public_id: str) -> Snapshot:
        snapshot = self._visible().filter(public_id=public_id).first()
        if snapshot is None:
            raise Http404
        return snapshot


class PairPages(InOrderOf):
    fields = ("position",)


class SnapshotPairViewSet(ApiViewSet):
    pagination_class = PairPages
    queries = {"list": SnapshotPairQuery}

    @extend_schema(parameters=[SnapshotPairQuery], responses=SnapshotPairSerializer(many=True))
    def list(self, request: Request, public_id: str) -> Response:
        """The rows of a snapshot, each with the judgements that it came from."""
        snapshot = visible_snapshots(self.caller).filter(public_id=public_id).first()
        if snapshot is None:
            raise Http404
        pairs = snapshot.pairs.select_related(
            "preference__comparison__project", "edit"
        ).prefetch_related("preference__judgements")
        if "split" in self.filters:
            pairs = pairs.filter(split=self.filters["split"])
        return self.page_of(pairs, SnapshotPairSerializer)


def _projects_named(slugs: list[str]) -> list[Project]:
    found = {project.slug: project for project in Project.objects.filter(slug__in=slugs)}
    for slug in slugs:
        if slug not in found:
            raise InvalidInput(field="projects", value=slug)
    return [found[slug] for slug in dict.fromkeys(slugs)]
