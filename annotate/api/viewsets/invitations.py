"""Links that let people into a project."""

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.serializers.invitations import (
    InvitationBody,
    InvitationSerializer,
    NewInvitationSerializer,
)
from annotate.api.views import ApiViewSet
from annotate.models import Invitation, Role
from annotate.people.invitations import invitations_of, invite, withdraw_invitation


class InvitationViewSet(ApiViewSet):
    @extend_schema(responses=InvitationSerializer(many=True))
    def list(self, request: Request, slug: str) -> Response:
        """The project's invitations, closed ones too; none with its link."""
        return self.page_of(self._invitations(), InvitationSerializer)

    @extend_schema(request=InvitationBody, responses={201: NewInvitationSerializer})
    def create(self, request: Request, slug: str) -> Response:
        """Make a link that lets people in; it is in this answer and is stored nowhere."""
        project = self.project(Role.LEAD)
        invitation, plain = invite(
            project=project, invited_by=self.caller, **self.body(InvitationBody)
        )
        link = request.build_absolute_uri(reverse("annotate:join", args=[plain]))
        answer = InvitationSerializer(invitation).data | {"link": link}
        return Response(answer, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, slug: str, public_id: str) -> Response:
        """Close a link at once; whoever came in by it stays."""
        invitation = self._invitations().filter(public_id=public_id).first()
        if invitation is None:
            raise Http404
        withdraw_invitation(invitation=invitation, withdrawn_by=self.caller)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _invitations(self) -> QuerySet[Invitation]:
        found = invitations_of(self.project(Role.LEAD))
        return found.select_related("made_by__user", "project")
