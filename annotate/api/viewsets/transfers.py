"""Imports and exports: queued here, done by a worker."""

from typing import Any

from django.http import FileResponse, Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.serializers import BaseSerializer

from annotate.access.permissions import require_role
from annotate.api.serializers.transfers import (
    ExportBody,
    ExportSerializer,
    HubFetchBody,
    HubFetchSerializer,
    ImportBody,
    ImportSerializer,
    PreviewBody,
    PreviewSerializer,
)
from annotate.api.throttles import ExportThrottle, ImportThrottle
from annotate.api.views import ApiViewSet
from annotate.errors import AccordError
from annotate.exports.export_options import ExportOptions
from annotate.exports.exporting import download_name, open_export, queue_export
from annotate.imports.fetching import queue_fetch
from annotate.imports.importing import queue_import
from annotate.imports.preview import preview_of
from annotate.imports.uploads import WORDING
from annotate.imports.words import Reading
from annotate.models import Export, HubFetch, Import, Role, WorkState


class ExportFailed(AccordError):
    code = "export_failed"
    status = 409
    default_message = _("The export failed.")


class ImportViewSet(ApiViewSet):
    parser_classes = [MultiPartParser]
    throttle_classes = [ImportThrottle]

    @extend_schema(responses=ImportSerializer(many=True))
    def list(self, request: Request, slug: str) -> Response:
        """The imports of the project."""
        imports = Import.objects.filter(project=self.project(Role.LEAD))
        return self.page_of(imports.select_related("project"), ImportSerializer)

    @extend_schema(request={"multipart/form-data": ImportBody}, responses={202: ImportSerializer})
    def create(self, request: Request, slug: str) -> Response:
        """Take a file; a worker reads it, and its rows appear all at once when it is done."""
        project = self.project(Role.LEAD)
        body = self.body(ImportBody)
        reading = _reading(body)
        queued = queue_import(
            reading=reading,
            project=project,
            requested_by=self.annotator,
            file_name=body["file"].name,
            **body,
        )
        return _accepted(ImportSerializer(queued), reverse("api:import", [queued.public_id]))

    @extend_schema(request={"multipart/form-data": PreviewBody}, responses={200: PreviewSerializer})
    def preview(self, request: Request, slug: str) -> Response:
        """What a file is, and what would come of its first rows. Nothing is stored."""
        project = self.project(Role.LEAD)
        body = self.body(PreviewBody)
        reading = _reading(body)
        seen = preview_of(project, body.pop("file"), reading=reading, **body)
        return Response(PreviewSerializer(seen).data)

    @extend_schema(responses=ImportSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """How far an import has got, with its errors by row."""
        found = Import.objects.select_related("project").filter(public_id=public_id).first()
        if found is None:
            raise Http404
        require_role(self.caller, found.project, Role.LEAD)
        return Response(ImportSerializer(found).data)


class HubFetchViewSet(ApiViewSet):
    throttle_classes = [ImportThrottle]

    @extend_schema(request=HubFetchBody, responses={202: HubFetchSerializer})
    def create(self, request: Request, slug: str) -> Response:
        """Have one file of a hub's data set fetched and imported; a worker does both."""
        project = self.project(Role.LEAD)
        body = self.body(HubFetchBody)
        queued = queue_fetch(
            project=project,
            requested_by=self.annotator,
            **{name: body.pop(name) for name in ("dataset", "revision", "path")},
            choices=body,
            imports_at_once=True,
        )
        address = reverse("api:hub-fetch", [queued.public_id])
        return _accepted(HubFetchSerializer(queued), address)

    @extend_schema(responses=HubFetchSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """How far it has got; once it is here, `came_in_as` is the import."""
        rows = HubFetch.objects.select_related("project", "came_in_as")
        found = rows.filter(public_id=public_id).first()
        if found is None:
            raise Http404
        require_role(self.caller, found.project, Role.LEAD)
        return Response(HubFetchSerializer(found).data)


class ExportViewSet(ApiViewSet):
    throttle_classes = [ExportThrottle]

    @extend_schema(responses=ExportSerializer(many=True))
    def list(self, request: Request, slug: str) -> Response:
        """The exports of the project."""
        exports = Export.objects.filter(project=self.project(Role.LEAD))
        return self.page_of(exports.select_related("project"), ExportSerializer)

    @extend_schema(request=ExportBody, responses={202: ExportSerializer})
    def create(self, request: Request, slug: str) -> Response:
        """Ask for a file of the project's data."""
        project = self.project(Role.LEAD)
        body = self.body(ExportBody)
        queued = queue_export(
            project=project,
            requested_by=self.annotator,
            format=body.pop("format"),
            options=ExportOptions.of(body),
        )
        return _accepted(ExportSerializer(queued), reverse("api:export", [queued.public_id]))

    @extend_schema(
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            202: OpenApiResponse(ExportSerializer, description=_("Not finished yet.")),
        }
    )
    def retrieve(self, request: Request, public_id: str) -> Response | FileResponse:
        """The file; or, with 202, how far it has got."""
        export = Export.objects.select_related("project").filter(public_id=public_id).first()
        if export is None:
            raise Http404
        require_role(self.caller, export.project, Role.LEAD)
        if export.state == WorkState.FAILED:
            raise ExportFailed(export.reason or None)
        if export.state != WorkState.SUCCEEDED:
            return Response(ExportSerializer(export).data, status=status.HTTP_202_ACCEPTED)
        return FileResponse(
            open_export(export, reader=self.annotator),
            as_attachment=True,  # what people wrote must not open as a page of this site
            filename=download_name(export),
            content_type="application/octet-stream",
        )


def _reading(body: dict[str, Any]) -> Reading:
    """How the file is to be read, taken out of the body."""
    columns = body.pop("columns", {})
    wording = {name: body.pop(name) for name in WORDING if name in body}
    return Reading(wording, columns)


def _accepted(serializer: BaseSerializer[Any], address: str) -> Response:
    return Response(serializer.data, status=status.HTTP_202_ACCEPTED, headers={"Location": address})
