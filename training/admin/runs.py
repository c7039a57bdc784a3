"""Runs and sweeps: queued by the form of the training desk, cancelled and resumed."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.access.signed_in import signed_in
from training.admin.read_only import ReadOnly, ShownRows
from training.forms.launch import launched
from training.models import Attempt, Run, Sweep
from training.runs.queue import request_cancel, resume_run
from training.runs.sweeps import cancel_sweep
from training.words.methods import METHODS_IN_WORDS


class AttemptInline(ShownRows):
    model = Attempt
    ordering = ("number",)
    fields = (
        "number",
        "worker",
        "start",
        "resumed_by",
        "started_at",
        "ended_at",
        "first_step",
        "last_step",
        "ending",
        "cancelled_by",
        "reason",
    )


@admin.register(Run)
class RunAdmin(ReadOnly):
    list_display = ["__str__", "kind", "method", "state", "phase", "step", "attempt", "queued_at"]
    list_filter = ["state", "kind", "method"]
    search_fields = ["public_id", "name"]
    exclude = ["token", "lease_until", "dispatched_at"]
    inlines = [AttemptInline]
    actions = ["cancel", "resume"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return True

    def view_on_site(self, obj: Run) -> str:
        return reverse("training:run", args=[obj.public_id])

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The same form as on the training desk, for the method in the address."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        launch = launched(request, requested_by=signed_in(request.user))
        if launch.run is not None:
            for sentence in launch.warnings:
                self.message_user(request, sentence, messages.WARNING)
            self.message_user(request, _("%(run)s: queued.") % {"run": launch.run})
            return redirect("admin:training_run_change", launch.run.pk)
        context = {
            **self.admin_site.each_context(request),
            **launch.context(),
            "title": gettext_lazy("Queue a run"),
            "opts": self.opts,
            "title_of_method": METHODS_IN_WORDS[launch.method].title,
        }
        return TemplateResponse(request, "admin/training/run/queue.html", context)

    @admin.action(description=gettext_lazy("Cancel the selected runs"))
    def cancel(self, request: HttpRequest, runs: QuerySet[Run]) -> None:
        self.act_on_each(
            request,
            runs,
            lambda run: request_cancel(run_id=run.public_id, requested_by=signed_in(request.user)),
        )

    @admin.action(description=gettext_lazy("Resume the selected runs"))
    def resume(self, request: HttpRequest, runs: QuerySet[Run]) -> None:
        self.act_on_each(
            request,
            runs,
            lambda run: resume_run(run_id=run.public_id, requested_by=signed_in(request.user)),
        )


@admin.register(Sweep)
class SweepAdmin(ReadOnly):
    list_display = ["__str__", "method", "settings", "requested_by", "queued_at"]
    list_filter = ["method"]
    search_fields = ["public_id", "name"]
    actions = ["cancel"]

    def view_on_site(self, obj: Sweep) -> str:
        return reverse("training:sweep", args=[obj.public_id])

    @admin.display(description=gettext_lazy("varied settings"))
    def settings(self, sweep: Sweep) -> str:
        return ", ".join(sweep.varied)

    @admin.action(description=gettext_lazy("Cancel all runs of the selected sweeps"))
    def cancel(self, request: HttpRequest, sweeps: QuerySet[Sweep]) -> None:
        self.act_on_each(
            request,
            sweeps,
            lambda sweep: cancel_sweep(
                sweep_id=sweep.public_id, requested_by=signed_in(request.user)
            ),
        )
