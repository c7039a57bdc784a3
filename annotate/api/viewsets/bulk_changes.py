"""Many comparisons changed at once: told before, asked for, stopped, undone; and views kept."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import has_role, require_role
from annotate.api.serializers.bulk_changes import (
    BulkChangeBody,
    BulkChangeSerializer,
    ChangesPreviewSerializer,
    SavedViewBody,
    SavedViewSerializer,
)
from annotate.api.views import ApiViewSet
from annotate.bulk_changes.changing import ask_for_change, cancel_change, undo_change
from annotate.bulk_changes.chosen_comparisons import Selection
from annotate.bulk_changes.previewing import preview
from annotate.listing.saved_views import may_delete, save_view, saved_views
from annotate.models import BulkChange, Project, Role, SavedView


class BulkChangeViewSet(ApiViewSet):
    @extend_schema(responses=BulkChangeSerializer(many=True))
    def list(self, request: Request, slug: str) -> Response:
        """What was done to many comparisons at once."""
        rows = BulkChange.objects.filter(project=self.project(Role.LEAD))
        return self.page_of(
            rows.select_related("project", "requested_by", "undoes"), BulkChangeSerializer
        )

    @extend_schema(request=BulkChangeBody, responses={202: BulkChangeSerializer})
    def create(self, request: Request, slug: str) -> Response:
        """Change many comparisons; a worker does it."""
        change = ask_for_change(**self._asked(), asked_by=self.annotator)
        return self._accepted(change)

    @extend_schema(request=BulkChangeBody, responses=ChangesPreviewSerializer)
    def preview(self, request: Request, slug: str) -> Response:
        """What it would change. Nothing is changed."""
        return Response(ChangesPreviewSerializer(preview(**self._asked())).data)

    @extend_schema(responses=BulkChangeSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """How far it is."""
        return Response(BulkChangeSerializer(self._change(public_id)).data)

    @extend_schema(request=None, responses={202: BulkChangeSerializer})
    def cancel(self, request: Request, public_id: str) -> Response:
        """Stop it; what was changed stays changed."""
        change = self._change(public_id)
        cancel_change(change=change, cancelled_by=self.annotator)
        return self._accepted(change)

    @extend_schema(request=None, responses={202: BulkChangeSerializer})
    def undo(self, request: Request, public_id: str) -> Response:
        """Bring back what still is as the change left it; a change of its own."""
        undoing = undo_change(change=self._change(public_id), undone_by=self.annotator)
        return self._accepted(undoing)

    def _asked(self) -> dict[str, Any]:
        project = self.project(Role.LEAD)
        body = self.body(BulkChangeBody)
        selection = Selection(ids=body.get("ids", ()), query=body.get("query"))
        return {
            "project": project,
            "action": body["action"],
            "value": body["value"],
            "selection": selection,
        }

    def _accepted(self, change: BulkChange) -> Response:
        change.refresh_from_db()
        return Response(BulkChangeSerializer(change).data, status=status.HTTP_202_ACCEPTED)

    def _change(self, public_id: str) -> BulkChange:
        rows = BulkChange.objects.select_related("project", "requested_by", "undoes")
        change = rows.filter(public_id=public_id).first()
        if change is None:
            raise Http404
        require_role(self.caller, change.project, Role.LEAD)
        return change


class SavedViewViewSet(ApiViewSet):
    @extend_schema(responses=SavedViewSerializer(many=True))
    def list(self, request: Request, slug: str) -> Response:
        """The project's saved views of its comparisons."""
        project = self.project(Role.REVIEWER)
        return self.page_of(saved_views(project, role=self._role(project)), SavedViewSerializer)

    @extend_schema(request=SavedViewBody, responses={201: SavedViewSerializer})
    def create(self, request: Request, slug: str) -> Response:
        """Keep a view under a name, for all who may see what it shows."""
        project = self.project(Role.REVIEWER)
        view = save_view(
            project=project,
            **self.body(SavedViewBody),
            role=self._role(project),
            saved_by=self.annotator,
        )
        return Response(SavedViewSerializer(view).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, public_id: str) -> Response:
        """Delete a view: one's own, or as a lead any."""
        named = SavedView.objects.select_related("project").filter(public_id=public_id).first()
        if named is None:
            raise Http404
        require_role(self.caller, named.project, Role.REVIEWER)
        role = self._role(named.project)
        if not saved_views(named.project, role=role).filter(pk=named.pk).exists():
            raise Http404
        if not may_delete(named, annotator=self.annotator, role=role):
            raise PermissionDenied
        named.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _role(self, project: Project) -> Role:
        return Role.LEAD if has_role(self.caller, project, Role.LEAD) else Role.REVIEWER
