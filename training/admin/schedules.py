"""Schedules: run now, tried dry, paused."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy

from annotate.access.signed_in import signed_in
from training.admin.read_only import ReadOnly
from training.automation.condition_words import joined
from training.automation.dry_run import dry_run
from training.automation.looking import press
from training.automation.schedule_words import check_in_words, dry_run_in_words, shown_clauses
from training.automation.schedules import pause_schedule, unpause_schedule
from training.models import Schedule, ScheduleCheck


@admin.register(Schedule)
class ScheduleAdmin(ReadOnly):
    list_display = ["name", "recipe", "trigger", "is_paused", "last_outcome", "checked_at"]
    list_filter = ["trigger", "is_paused", "last_outcome"]
    search_fields = ["public_id", "name", "recipe__name"]
    exclude = ["hook_digest", "held_since", "last_truths", "counted_since"]
    actions = ["run_now", "try_dry", "pause", "unpause"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return True

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form of the training desk, which checks everything."""
        return redirect("training:schedule_new")

    def view_on_site(self, obj: Schedule) -> str:
        return reverse("training:schedule", args=[obj.public_id])

    @admin.action(description=gettext_lazy("Run the selected schedules now, if they may"))
    def run_now(self, request: HttpRequest, schedules: QuerySet[Schedule]) -> None:
        for schedule in schedules:
            check = press(schedule.pk, pressed_by=signed_in(request.user))
            level = messages.SUCCESS if check.has_started else messages.WARNING
            self.message_user(request, f"{schedule}: {check_in_words(check)}", level)

    @admin.action(description=gettext_lazy("Dry-run the selected schedules"))
    def try_dry(self, request: HttpRequest, schedules: QuerySet[Schedule]) -> None:
        for schedule in schedules.select_related("recipe__project"):
            run = dry_run(schedule)
            findings = [one.sentence for one in shown_clauses(run.evaluated.clauses)]
            words = joined([*dry_run_in_words(run), *findings])
            self.message_user(request, f"{schedule}: {words}")

    @admin.action(description=gettext_lazy("Pause the selected schedules"))
    def pause(self, request: HttpRequest, schedules: QuerySet[Schedule]) -> None:
        self.act_on_each(
            request,
            schedules,
            lambda row: pause_schedule(
                schedule_id=row.public_id, paused_by=signed_in(request.user)
            ),
        )

    @admin.action(description=gettext_lazy("Let the selected schedules go on"))
    def unpause(self, request: HttpRequest, schedules: QuerySet[Schedule]) -> None:
        self.act_on_each(
            request,
            schedules,
            lambda row: unpause_schedule(
                schedule_id=row.public_id, unpaused_by=signed_in(request.user)
            ),
        )


@admin.register(ScheduleCheck)
class ScheduleCheckAdmin(ReadOnly):
    list_display = ["checked_at", "schedule", "outcome", "holds", "round", "asked_by"]
    list_filter = ["outcome"]
    search_fields = ["schedule__public_id", "schedule__name"]
