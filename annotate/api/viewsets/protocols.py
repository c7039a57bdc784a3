"""A project's protocols: read by whoever judges, changed by leads."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.serializers.protocols import ProtocolBody, ProtocolSerializer
from annotate.api.views import ApiViewSet
from annotate.models import Role
from annotate.projects.protocols import change_protocol


class ProtocolViewSet(ApiViewSet):
    @extend_schema(responses=ProtocolSerializer(many=True))
    def list(self, request: Request, slug: str) -> Response:
        """What the project asks for and asked for before, the newest first."""
        return self.page_of(self.project(Role.ANNOTATOR).protocols.all(), ProtocolSerializer)

    @extend_schema(request=ProtocolBody, responses={201: ProtocolSerializer})
    def create(self, request: Request, slug: str) -> Response:
        """Make the next version; one that changes nothing is answered with the current one."""
        project = self.project(Role.LEAD)
        body = self.body(ProtocolBody)
        protocol = change_protocol(project=project, changed_by=self.caller, **body)
        return Response(ProtocolSerializer(protocol).data, status=status.HTTP_201_CREATED)
