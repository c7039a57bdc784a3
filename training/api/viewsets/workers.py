"""The workers: listed, drained and let go on by site admins."""

from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import require_site_admin
from annotate.api.pagination import InOrderOf
from annotate.api.views import ApiViewSet
from training.api.serializers.workers import WorkerSerializer
from training.models import Worker
from training.runs.drains import drain_worker, let_worker_go_on


class WorkerPages(InOrderOf):
    fields = ("name",)


class WorkerViewSet(ApiViewSet):
    pagination_class = WorkerPages

    @extend_schema(responses=WorkerSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The training processes, with their devices and what they are doing."""
        require_site_admin(self.caller)
        return self.page_of(Worker.objects.select_related("run"), WorkerSerializer)

    @extend_schema(responses=WorkerSerializer)
    def retrieve(self, request: Request, public_id: UUID) -> Response:
        """One training process."""
        require_site_admin(self.caller)
        worker = Worker.objects.select_related("run").filter(public_id=public_id).first()
        if worker is None:
            raise Http404
        return Response(WorkerSerializer(worker).data)

    @extend_schema(request=None, responses=WorkerSerializer)
    def drain(self, request: Request, public_id: UUID) -> Response:
        """Let it finish the run that it has and take no other."""
        require_site_admin(self.caller)
        worker = drain_worker(worker_id=public_id, drained_by=self.caller)
        return Response(WorkerSerializer(worker).data)

    @extend_schema(request=None, responses=WorkerSerializer)
    def go_on(self, request: Request, public_id: UUID) -> Response:
        """Let it take runs again."""
        require_site_admin(self.caller)
        worker = let_worker_go_on(worker_id=public_id, asked_by=self.caller)
        return Response(WorkerSerializer(worker).data)
