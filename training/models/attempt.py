"""Each try at a run: on which worker, from when to when, and how it ended."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from training.models.run import Run


class AttemptStart(models.TextChoices):
    QUEUED = "queued", _("queued")
    AGAIN = "again", _("by itself, from the last checkpoint")
    RESUMED = "resumed", _("resumed by hand")


class AttemptEnding(models.TextChoices):
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")
    CRASHED = "crashed", _("its process crashed or was killed")
    LOST = "lost", _("its worker went away")
    STOPPED = "stopped", _("its worker was stopped")


class Attempt(models.Model):
    """One try at a run, under the token of its claim; the run goes on in the next."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="attempts", verbose_name=_("run"))
    number = models.PositiveSmallIntegerField(_("number"))
    token = models.UUIDField(_("token"), unique=True, editable=False)
    worker = models.CharField(_("worker"), max_length=120)
    start = models.CharField(_("how it began"), max_length=7, choices=AttemptStart)
    resumed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("resumed by"),
    )
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("cancelled by"),
    )
    started_at = models.DateTimeField(_("started at"), db_default=Now(), editable=False)
    first_step = models.PositiveIntegerField(_("first step"), default=0)
    ended_at = models.DateTimeField(  # of one whose worker went away: the last sign of life
        _("ended at"), null=True, blank=True
    )
    last_step = models.PositiveIntegerField(_("last step"), null=True, blank=True)
    ending = models.CharField(
        _("how it ended"), max_length=9, choices=AttemptEnding, blank=True, default=""
    )
    reason = models.TextField(_("reason"), blank=True, default="")

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "number"], name="attempts_of_a_run_are_numbered"
            ),
            models.UniqueConstraint(
                fields=["run"], condition=Q(ended_at=None), name="one_attempt_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="")
                | Q(ended_at__isnull=False, ending__in=AttemptEnding.values),
                name="an_attempt_that_ended_says_how",
            ),
            models.CheckConstraint(
                condition=Q(start__in=AttemptStart.values), name="attempt_start_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run} · {self.number}"

    @property
    def lasted(self) -> timedelta | None:
        return self.ended_at - self.started_at if self.ended_at else None
