"""One time that a recipe is carried out. The rows are the truth; every message only a bell."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models import Arena, PublicModel
from training.models.document_shapes import RESULT
from training.models.recipe import Recipe, RecipeVersion
from training.models.run import Run
from training.models.snapshot import Snapshot
from training.models.stored_document import StoredDocument


class RoundTrigger(models.TextChoices):
    """Why a round began."""

    HAND = "hand", _("by hand")
    PREFERENCES = "preferences", _("new preferences")
    CALENDAR = "calendar", _("its time had come")
    WEBHOOK = "webhook", _("another system asked")


class RoundState(models.TextChoices):
    RUNNING = "running", _("running")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class StepState(models.TextChoices):
    WAITING = "waiting", _("waiting")  # for those before it
    QUEUED = "queued", _("queued")  # for a worker
    RUNNING = "running", _("running")
    SUCCEEDED = "succeeded", _("succeeded")
    SKIPPED = "skipped", _("skipped")  # there was nothing to do, and why
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class Round(PublicModel):
    """A recipe carried out once, from its first step to its end."""

    recipe = models.ForeignKey(  # its version's, here too so that the database can tell apart
        Recipe, models.PROTECT, related_name="rounds", verbose_name=_("recipe")
    )
    version = models.ForeignKey(
        RecipeVersion, models.PROTECT, related_name="rounds", verbose_name=_("version")
    )
    number = models.PositiveIntegerField(_("number"))  # of its recipe's rounds
    trigger = models.CharField(_("why it began"), max_length=11, choices=RoundTrigger)
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("cancelled by"),
    )
    names = models.JSONField(  # {name/kind: id of the checkpoint that bore it when it was asked}
        _("names"), default=dict, blank=True
    )
    state = models.CharField(
        _("state"), max_length=9, choices=RoundState, default=RoundState.RUNNING
    )
    started_at = models.DateTimeField(_("started at"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)  # one sentence, when it failed

    class Meta:
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=RoundState.values), name="round_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(trigger__in=RoundTrigger.values), name="round_trigger_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=RoundState.RUNNING, finished_at=None)
                | ~Q(state=RoundState.RUNNING) & Q(finished_at__isnull=False),
                name="a_round_that_is_over_says_when",
            ),
            models.UniqueConstraint(
                fields=["recipe", "number"], name="rounds_of_a_recipe_are_numbered"
            ),
            models.UniqueConstraint(
                fields=["recipe"],
                condition=Q(state=RoundState.RUNNING),
                name="one_round_of_a_recipe_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipe} · {self.number}"


class RoundStep(models.Model):
    """One step of a round, with the one thing that it makes.

    Steps that are runs or arenas follow those rows. The others are done by a worker that holds a
    claim: the columns from `token` on are the claim's.
    """

    UNFINISHED: ClassVar = (StepState.WAITING, StepState.QUEUED, StepState.RUNNING)
    DONE: ClassVar = (StepState.SUCCEEDED, StepState.SKIPPED)

    round = models.ForeignKey(Round, models.CASCADE, related_name="steps", verbose_name=_("round"))
    number = models.PositiveSmallIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=10)
    state = models.CharField(_("state"), max_length=9, choices=StepState, default=StepState.WAITING)
    snapshot = models.OneToOneField(
        Snapshot,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="round_step",
        verbose_name=_("snapshot"),
    )
    run = models.OneToOneField(
        Run,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="round_step",
        verbose_name=_("run"),
    )
    arena = models.OneToOneField(
        Arena,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="round_step",
        verbose_name=_("arena"),
    )
    result = StoredDocument(_("result"), default=dict, blank=True, shape=RESULT)  # of a decision
    reason = models.TextField(_("reason"), blank=True)  # why it failed or was skipped
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    token = models.UUIDField(_("token"), null=True, blank=True, editable=False)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="one_step_of_a_number"),
            models.CheckConstraint(
                condition=Q(state__in=StepState.values), name="step_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[StepState.WAITING, StepState.QUEUED])
                | Q(token=None, finished_at=None),
                name="a_step_that_waits_is_held_by_nobody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round} / {self.number}"
