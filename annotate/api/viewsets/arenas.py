"""Arenas of a project: opened, read, closed; by its leads alone."""

from django.db.models import Prefetch, QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import require_role
from annotate.api.pagination import InOrderOf
from annotate.api.serializers.arenas import (
    ArenaBody,
    ArenaDetailSerializer,
    ArenaSerializer,
    MeetingSerializer,
)
from annotate.api.views import ApiViewSet
from annotate.arena.closing import close_arena, reopen_arena
from annotate.arena.creating import Contender, create_arena
from annotate.arena.tending import recount_where_changed
from annotate.models import Arena, Contestant, Role


class ArenaViewSet(ApiViewSet):
    @extend_schema(responses=ArenaSerializer(many=True))
    def list(self, request: Request, slug: str) -> Response:
        """The arenas of the project, newest first."""
        project = self.project(Role.LEAD)
        rows = _arenas().filter(project=project).defer("standings")
        return self.page_of(rows, ArenaSerializer)

    @extend_schema(request=ArenaBody, responses={201: ArenaSerializer})
    def create(self, request: Request, slug: str) -> Response:
        """Have models meet whose answers the project has, on prompts that are held out."""
        project = self.project(Role.LEAD)
        body = self.body(ArenaBody)
        contenders = [
            Contender(given["name"].strip() or given["origin"][:120], given["origin"])
            for given in body.pop("contestants")
        ]
        made = create_arena(
            project=project, contenders=contenders, created_by=self.annotator, **body
        )
        shown = _arenas().get(pk=made.pk)
        return Response(ArenaSerializer(shown).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=ArenaDetailSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """Where its contestants stand, as a worker last counted."""
        found = self._arena(public_id)
        recount_where_changed(found)
        return Response(ArenaDetailSerializer(found).data)

    @extend_schema(request=None, responses=ArenaSerializer)
    def close(self, request: Request, public_id: str) -> Response:
        """Draw nothing more; what was judged stays."""
        close_arena(arena_id=self._arena(public_id).pk, closed_by=self.annotator)
        return Response(ArenaSerializer(self._arena(public_id)).data)

    @extend_schema(request=None, responses=ArenaSerializer)
    def reopen(self, request: Request, public_id: str) -> Response:
        """Go on where it ended."""
        reopen_arena(arena_id=self._arena(public_id).pk, reopened_by=self.annotator)
        return Response(ArenaSerializer(self._arena(public_id)).data)

    def _arena(self, public_id: str) -> Arena:
        found = _arenas().filter(public_id=public_id).first()
        if found is None:
            raise Http404
        require_role(self.caller, found.project, Role.LEAD)
        return found


class MeetingPages(InOrderOf):
    fields = ("number",)


class MeetingViewSet(ApiViewSet):
    pagination_class = MeetingPages

    @extend_schema(responses=MeetingSerializer(many=True))
    def list(self, request: Request, public_id: str) -> Response:
        """Who met whom in which comparison, and with which probability that was drawn."""
        found = Arena.objects.select_related("project").filter(public_id=public_id).first()
        if found is None:
            raise Http404
        require_role(self.caller, found.project, Role.LEAD)
        rows = found.meetings.select_related("comparison", "first", "second")
        return self.page_of(rows, MeetingSerializer)


def _arenas() -> QuerySet[Arena]:
    in_order = Prefetch("contestants", queryset=Contestant.objects.order_by("number"))
    return Arena.objects.select_related("project").prefetch_related(in_order)
