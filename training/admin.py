"""Site admins' view of training: queue, cancel and resume runs; the rest is shown, never edited."""

from collections.abc import Callable
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

from alignment_core.configs import METHODS
from annotate.access.signed_in import signed_in
from annotate.errors import AccordError
from training.automation.condition_words import joined
from training.automation.dry_run import dry_run
from training.automation.looking import press
from training.automation.recipes import newest_version, pause_recipe
from training.automation.rounds import cancel_round, resume_round, start_round
from training.automation.schedule_words import check_in_words, dry_run_in_words, shown_clauses
from training.automation.schedules import pause_schedule, unpause_schedule
from training.forms.runs import RunForm
from training.lineage.behind import projects_behind
from training.models import (
    Alias,
    Budget,
    Checkpoint,
    Evaluation,
    Gate,
    Proposal,
    Recipe,
    Registration,
    Round,
    RoundStep,
    RoundTrigger,
    Run,
    Schedule,
    ScheduleCheck,
    Snapshot,
    Sweep,
    Worker,
)
from training.promotion.proposals import propose
from training.runs.checks import advice_for
from training.runs.drains import drain_worker, let_worker_go_on
from training.runs.queue import queue_run, request_cancel, resume_run
from training.runs.sweeps import cancel_sweep
from training.words.methods import METHODS_IN_WORDS, method_groups


class ReadOnly(admin.ModelAdmin):
    list_select_related = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def act_on_each(
        self, request: HttpRequest, rows: QuerySet[Any], act: Callable[[Any], object]
    ) -> None:
        """Do it to each row; what is refused is told and stops nothing else."""
        for row in rows:
            try:
                act(row)
            except AccordError as error:
                self.message_user(request, f"{row}: {error}", messages.ERROR)
            else:
                self.message_user(request, _("%(row)s: done.") % {"row": row})


@admin.register(Run)
class RunAdmin(ReadOnly):
    list_display = ["__str__", "kind", "method", "state", "phase", "step", "attempt", "queued_at"]
    list_filter = ["state", "kind", "method"]
    search_fields = ["public_id", "name"]
    exclude = ["token", "lease_until", "dispatched_at"]
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
        asked = request.GET.get("method", "dpo")
        method = asked if asked in METHODS else "dpo"
        form = RunForm(request.POST or None, method=method)
        if request.method == "POST" and form.is_valid():
            wanted = form.request()
            try:
                run = queue_run(**wanted, requested_by=signed_in(request.user))
            except AccordError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
            else:
                start = {name: wanted[name] for name in ("method", "base", "after")}
                for sentence in advice_for(**start):
                    self.message_user(request, sentence, messages.WARNING)
                self.message_user(request, _("%(run)s: queued.") % {"run": run})
                return redirect("admin:training_run_change", run.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext_lazy("Queue a run"),
            "opts": self.opts,
            "form": form,
            "method": method,
            "title_of_method": METHODS_IN_WORDS[method].title,
            "method_groups": method_groups(),
            "sentence": METHODS_IN_WORDS[method].sentence,
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


@admin.register(Budget)
class BudgetAdmin(ReadOnly):
    """Shown here, and set on the training desk, where the service checks it."""

    list_display = ["project", "weekly_seconds", "most_runs", "priority"]

    def view_on_site(self, obj: Budget) -> str:
        return reverse("training:budget", args=[obj.project.slug])


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnly):
    list_display = ["name", "n_pairs", "n_train", "n_eval", "n_simulated", "frozen_at"]
    search_fields = ["name", "digest"]

    def view_on_site(self, obj: Snapshot) -> str:
        return reverse("training:snapshot", args=[obj.public_id])


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnly):
    list_display = ["name", "kind", "run", "step", "is_final", "created_at"]
    list_filter = ["kind", "is_final"]
    search_fields = ["name", "digest"]
    actions = ["propose"]

    def view_on_site(self, obj: Checkpoint) -> str:
        return reverse("training:checkpoint", args=[obj.public_id])

    @admin.action(description=gettext_lazy("Propose in the projects it learnt from"))
    def propose(self, request: HttpRequest, checkpoints: QuerySet[Checkpoint]) -> None:
        def propose_in_each(checkpoint: Checkpoint) -> None:
            for project in projects_behind(checkpoint):
                propose(project=project, checkpoint=checkpoint, user=signed_in(request.user))

        self.act_on_each(request, checkpoints, propose_in_each)


@admin.register(Alias)
class AliasAdmin(ReadOnly):
    list_display = ["name", "project", "role", "number", "checkpoint", "origin", "set_by", "set_at"]
    list_filter = ["project", "role", "name", "origin"]


@admin.register(Proposal)
class ProposalAdmin(ReadOnly):
    list_display = ["checkpoint", "project", "role", "state", "proposed_by", "proposed_at"]
    list_filter = ["state", "project", "role"]

    def view_on_site(self, obj: Proposal) -> str:
        return reverse("training:proposal", args=[obj.public_id])


@admin.register(Gate)
class GateAdmin(ReadOnly):
    list_display = ["project", "min_prompts", "better_on", "needs_second"]


@admin.register(Evaluation)
class EvaluationAdmin(ReadOnly):
    list_display = ["checkpoint", "snapshot", "run", "recorded_at"]


@admin.register(Registration)
class RegistrationAdmin(ReadOnly):
    list_display = ["__str__", "state", "base", "requested_at", "finished_at"]
    list_filter = ["state"]


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


@admin.register(Recipe)
class RecipeAdmin(ReadOnly):
    list_display = ["name", "project", "is_paused", "created_at"]
    list_filter = ["is_paused", "project"]
    search_fields = ["public_id", "name"]
    actions = ["run_now", "pause", "let_go_on"]

    def view_on_site(self, obj: Recipe) -> str:
        return reverse("training:recipe", args=[obj.public_id])

    @admin.action(description=gettext_lazy("Run the selected recipes now"))
    def run_now(self, request: HttpRequest, recipes: QuerySet[Recipe]) -> None:
        self.act_on_each(
            request,
            recipes,
            lambda recipe: start_round(
                version=newest_version(recipe),
                trigger=RoundTrigger.HAND,
                user=signed_in(request.user),
            ),
        )

    @admin.action(description=gettext_lazy("Pause the selected recipes"))
    def pause(self, request: HttpRequest, recipes: QuerySet[Recipe]) -> None:
        self._pause(request, recipes, is_paused=True)

    @admin.action(description=gettext_lazy("Let the selected recipes go on"))
    def let_go_on(self, request: HttpRequest, recipes: QuerySet[Recipe]) -> None:
        self._pause(request, recipes, is_paused=False)

    def _pause(self, request: HttpRequest, recipes: QuerySet[Recipe], *, is_paused: bool) -> None:
        self.act_on_each(
            request,
            recipes,
            lambda recipe: pause_recipe(
                recipe_id=recipe.public_id, is_paused=is_paused, by=signed_in(request.user)
            ),
        )


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


class RoundStepInline(admin.TabularInline):
    model = RoundStep
    fields = ("number", "kind", "state", "snapshot", "run", "reason", "finished_at")
    readonly_fields = ("number", "kind", "state", "snapshot", "run", "reason", "finished_at")
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Round)
class RoundAdmin(ReadOnly):
    list_display = ["__str__", "trigger", "state", "started_at", "finished_at", "reason"]
    list_filter = ["state", "trigger", "recipe__project"]
    search_fields = ["public_id", "recipe__name"]
    inlines = [RoundStepInline]
    actions = ["cancel", "resume"]

    def view_on_site(self, obj: Round) -> str:
        return reverse("training:round", args=[obj.public_id])

    @admin.action(description=gettext_lazy("Cancel the selected rounds"))
    def cancel(self, request: HttpRequest, rounds: QuerySet[Round]) -> None:
        self.act_on_each(
            request,
            rounds,
            lambda row: cancel_round(round_id=row.public_id, cancelled_by=signed_in(request.user)),
        )

    @admin.action(description=gettext_lazy("Let the selected rounds go on"))
    def resume(self, request: HttpRequest, rounds: QuerySet[Round]) -> None:
        self.act_on_each(
            request,
            rounds,
            lambda row: resume_round(round_id=row.public_id, resumed_by=signed_in(request.user)),
        )


@admin.register(ScheduleCheck)
class ScheduleCheckAdmin(ReadOnly):
    list_display = ["checked_at", "schedule", "outcome", "holds", "round", "asked_by"]
    list_filter = ["outcome"]
    search_fields = ["schedule__public_id", "schedule__name"]
