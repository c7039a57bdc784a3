"""Workers, which are drained and let go on."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from annotate.access.signed_in import signed_in
from training.admin.read_only import ReadOnly
from training.models import Worker
from training.runs.drains import drain_worker, let_worker_go_on


@admin.register(Worker)
class WorkerAdmin(ReadOnly):
    list_display = ["name", "run", "drained_at", "heartbeat_at"]
    actions = ["drain", "go_on"]

    @admin.action(description=gettext_lazy("Drain the selected workers"))
    def drain(self, request: HttpRequest, workers: QuerySet[Worker]) -> None:
        user = signed_in(request.user)
        self.act_on_each(
            request, workers, lambda row: drain_worker(worker_id=row.public_id, drained_by=user)
        )

    @admin.action(description=gettext_lazy("Let the selected workers take runs again"))
    def go_on(self, request: HttpRequest, workers: QuerySet[Worker]) -> None:
        user = signed_in(request.user)
        self.act_on_each(
            request, workers, lambda row: let_worker_go_on(worker_id=row.public_id, asked_by=user)
        )
