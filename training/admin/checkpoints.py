"""What was frozen, made and measured."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy

from annotate.access.signed_in import signed_in
from training.admin.read_only import ReadOnly
from training.lineage.behind import projects_behind
from training.models import Checkpoint, Evaluation, Registration, Retention, Snapshot
from training.promotion.proposals import propose


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


@admin.register(Evaluation)
class EvaluationAdmin(ReadOnly):
    list_display = ["checkpoint", "snapshot", "run", "recorded_at"]


@admin.register(Registration)
class RegistrationAdmin(ReadOnly):
    list_display = ["__str__", "state", "base", "requested_at", "finished_at"]
    list_filter = ["state"]


@admin.register(Retention)
class RetentionAdmin(ReadOnly):
    """Shown here, and changed on its page, which shows what the rules would delete."""

    list_display = [
        "keep_newest",
        "keep_best",
        "resumable_days",
        "keep_sweeps",
        "most_gib",
        "is_automatic",
    ]

    def view_on_site(self, obj: Retention) -> str:
        return reverse("training:retention")
