"""Arenas of checkpoints: site admins open them, as each checkpoint takes a run."""

from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import require_site_admin
from annotate.api.views import ApiViewSet
from annotate.errors import InvalidInput
from annotate.models import Project
from training.api.serializers.arenas import CheckpointArenaBody, CheckpointArenaSerializer
from training.api.throttles import RunThrottle
from training.models import Checkpoint
from training.runs.arena_runs import open_checkpoint_arena


class CheckpointArenaViewSet(ApiViewSet):
    throttle_classes = [RunThrottle]

    @extend_schema(request=CheckpointArenaBody, responses={201: CheckpointArenaSerializer})
    def create(self, request: Request) -> Response:
        """Ask checkpoints for their answers; the arena opens with the last of them."""
        require_site_admin(self.caller)
        body = self.body(CheckpointArenaBody)
        project = Project.objects.filter(slug=body["project"]).first()
        if project is None:
            raise InvalidInput(
                _("There is no such project."), field="project", value=body["project"]
            )
        arena, runs = open_checkpoint_arena(
            **{
                **body,
                "project": project,
                "checkpoints": [_checkpoint(one) for one in body["checkpoints"]],
            },
            requested_by=self.caller,
        )
        made = {"arena": arena, "runs": [run.public_id for run in runs]}
        return Response(CheckpointArenaSerializer(made).data, status=status.HTTP_201_CREATED)


def _checkpoint(public_id: UUID) -> Checkpoint:
    found = Checkpoint.objects.filter(public_id=public_id, is_final=True).first()
    if found is None:
        raise InvalidInput(
            _("There is no such checkpoint."), field="checkpoints", value=str(public_id)
        )
    return found
