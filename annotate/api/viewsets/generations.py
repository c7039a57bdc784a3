"""Answers from models: estimated, asked for, stopped, gone on with."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import require_role
from annotate.api.serializers.generations import (
    EstimateBody,
    EstimateSerializer,
    GenerationBody,
    GenerationSerializer,
    ResumeBody,
)
from annotate.api.views import ApiViewSet
from annotate.endpoints.endpoints import endpoints_for
from annotate.errors import InvalidInput
from annotate.generation.chosen_prompts import Selection
from annotate.generation.completion_sources import Source
from annotate.generation.queueing import (
    cancel_generation,
    estimate,
    queue_generation,
    resume_generation,
)
from annotate.models import Generation, Project, Role


class GenerationViewSet(ApiViewSet):
    @extend_schema(responses=GenerationSerializer(many=True))
    def list(self, request: Request, slug: str) -> Response:
        """What models were asked to answer in the project."""
        rows = Generation.objects.filter(project=self.project(Role.LEAD))
        found = rows.select_related("project").prefetch_related("sources__endpoint")
        return self.page_of(found, GenerationSerializer)

    @extend_schema(request=GenerationBody, responses={202: GenerationSerializer})
    def create(self, request: Request, slug: str) -> Response:
        """Have two sources answer the prompts that wait now; a worker does it."""
        project = self.project(Role.LEAD)
        body = self.body(GenerationBody)
        queued = queue_generation(
            **_asked(project, body),
            requested_by=self.annotator,
            cut_completions=body["cut_completions"],
            spend_limit=body["spend_limit"],
            failed_share=body["failed_share"],
        )
        return Response(GenerationSerializer(queued).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=EstimateBody, responses=EstimateSerializer)
    def estimate(self, request: Request, slug: str) -> Response:
        """What it would take. Nothing is asked of any model."""
        project = self.project(Role.LEAD)
        found = estimate(**_asked(project, self.body(EstimateBody)))
        return Response(EstimateSerializer(found).data)

    @extend_schema(responses=GenerationSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """How far it is, and what it has cost."""
        return Response(GenerationSerializer(self._generation(public_id)).data)

    @extend_schema(request=None, responses={202: GenerationSerializer})
    def cancel(self, request: Request, public_id: str) -> Response:
        """Ask nothing more; what is on its way is kept."""
        row = self._generation(public_id)
        cancel_generation(generation=row, cancelled_by=self.annotator)
        return self._accepted(row)

    @extend_schema(request=ResumeBody, responses={202: GenerationSerializer})
    def resume(self, request: Request, public_id: str) -> Response:
        """Go on where it ended, with another limit of cost where one is given."""
        row = self._generation(public_id)
        limit = self.body(ResumeBody)["spend_limit"]
        resume_generation(generation=row, resumed_by=self.annotator, spend_limit=limit)
        return self._accepted(row)

    def _accepted(self, row: Generation) -> Response:
        row.refresh_from_db()
        return Response(GenerationSerializer(row).data, status=status.HTTP_202_ACCEPTED)

    def _generation(self, public_id: str) -> Generation:
        found = Generation.objects.select_related("project").filter(public_id=public_id).first()
        if found is None:
            raise Http404
        require_role(self.caller, found.project, Role.LEAD)
        return found


def _asked(project: Project, body: dict[str, Any]) -> dict[str, Any]:
    """Raises: InvalidInput."""
    usable = {endpoint.public_id: endpoint for endpoint in endpoints_for(project)}
    sources = []
    for given in body["sources"]:
        endpoint = usable.get(given["endpoint"])
        if endpoint is None:
            raise InvalidInput(
                _("The project may not use this endpoint."),
                field="endpoint",
                value=str(given["endpoint"]),
            )
        sources.append(Source(**{**given, "endpoint": endpoint}))
    selection = Selection(body["import_id"], body["tag"], body["most"])
    return {"project": project, "sources": sources, "selection": selection}
