"""Completions that models are asked to write: which, of whom, how far that is and what it costs."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.base import PublicModel, WorkState
from annotate.models.corpus import Prompt
from annotate.models.endpoint import Endpoint, EndpointCall
from annotate.models.project import Project
from annotate.models.transfer import Transfer


class GenerationState(models.TextChoices):
    QUEUED = WorkState.QUEUED.value, _("queued")
    RUNNING = WorkState.RUNNING.value, _("running")
    SUCCEEDED = WorkState.SUCCEEDED.value, _("succeeded")
    FAILED = WorkState.FAILED.value, _("failed")
    CANCELLED = "cancelled", _("cancelled")


class CutCompletions(models.TextChoices):
    """What becomes of a completion that ends where its length did."""

    LEAVE_OUT = "leave_out", _("Leave the pair out")
    KEEP = "keep", _("Have it judged, marked as cut")


class Generation(Transfer):
    """Prompts × sources, one completion for each; `n_done` of `n_total` are written."""

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="generations", verbose_name=_("project")
    )
    state = models.CharField(
        _("state"), max_length=9, choices=GenerationState, default=GenerationState.QUEUED
    )
    selection = models.JSONField(  # {"import": its id, "tag", "most"}, as far as somebody said
        _("selection"), default=dict, blank=True
    )
    cut_completions = models.CharField(
        _("cut completions"),
        max_length=9,
        choices=CutCompletions,
        default=CutCompletions.LEAVE_OUT,
    )
    failed_share = models.FloatField(_("share that may fail"), default=0.1)
    currency = models.CharField(_("currency"), max_length=3)
    spend_limit = models.PositiveBigIntegerField(_("most it may cost"), null=True, blank=True)
    spent = models.PositiveBigIntegerField(  # with the most that open calls may cost
        _("money spent"), default=0
    )
    last_prompt = models.BigIntegerField(default=0, editable=False)  # the newest when it was asked
    planned_to = models.BigIntegerField(default=0, editable=False)
    n_prompts = models.PositiveIntegerField(_("prompts"), default=0)
    n_comparisons = models.PositiveIntegerField(_("comparisons"), default=0)
    n_identical = models.PositiveIntegerField(_("pairs that look the same"), default=0)
    n_failed = models.PositiveIntegerField(_("failed"), default=0)
    n_cut = models.PositiveIntegerField(_("cut"), default=0)
    n_retries = models.PositiveIntegerField(_("retries"), default=0)
    n_tokens_in = models.PositiveBigIntegerField(_("tokens read"), default=0)
    n_tokens_out = models.PositiveBigIntegerField(_("tokens written"), default=0)
    cancel_requested_at = models.DateTimeField(null=True, blank=True, editable=False)
    forgotten_at = models.DateTimeField(  # since when its sums alone are kept
        _("answers no longer listed since"), null=True, blank=True, editable=False
    )

    class Meta:
        verbose_name = _("generation")
        verbose_name_plural = _("generations")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=GenerationState.values), name="generation_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(forgotten_at=None)
                | ~Q(state__in=[GenerationState.QUEUED, GenerationState.RUNNING]),
                name="what_goes_on_is_not_forgotten",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project}, {self.public_id}"


class GenerationSource(models.Model):
    """A model at an endpoint, with its settings; twice the same with two seeds are two sources."""

    generation = models.ForeignKey(Generation, models.CASCADE, related_name="sources")
    place = models.PositiveSmallIntegerField(_("place"))
    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="+")
    model = models.CharField(_("model"), max_length=200)
    sampling = models.JSONField(_("sampling"), default=dict)

    class Meta:
        verbose_name = _("source of completions")
        verbose_name_plural = _("sources of completions")
        constraints = [
            models.UniqueConstraint(fields=["generation", "place"], name="one_source_a_place"),
        ]

    def __str__(self) -> str:
        return f"{self.model} at {self.endpoint}"


class WantedState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")
    WRITTEN = "written", _("written")
    FAILED = "failed", _("failed")
    USED = "used", _("used")  # it is a completion now, or was left out beside its like


class WantedCompletion(PublicModel):
    """One completion that is to be written; its id tells a server that it is asked again."""

    generation = models.ForeignKey(Generation, models.CASCADE, related_name="wanted")
    source = models.ForeignKey(GenerationSource, models.CASCADE, related_name="wanted")
    prompt = models.ForeignKey(Prompt, models.CASCADE, related_name="wanted")
    state = models.CharField(
        _("state"), max_length=7, choices=WantedState, default=WantedState.WAITING
    )
    n_tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    due_at = models.DateTimeField(_("due at"), db_default=Now())
    call = models.ForeignKey(EndpointCall, models.SET_NULL, null=True, related_name="+")
    text = models.TextField(_("text"), blank=True)
    finish_reason = models.CharField(_("finish reason"), max_length=40, blank=True)
    request_id = models.CharField(_("request id"), max_length=200, blank=True)
    n_tokens_in = models.PositiveIntegerField(_("tokens read"), default=0)
    n_tokens_out = models.PositiveIntegerField(_("tokens written"), default=0)
    cost = models.PositiveBigIntegerField(_("cost"), default=0)
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("wanted completion")
        verbose_name_plural = _("wanted completions")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=WantedState.values), name="wanted_state_is_known"
            ),
            models.UniqueConstraint(fields=["source", "prompt"], name="one_completion_a_source"),
        ]
        indexes = [
            models.Index(fields=["generation", "state", "id"], name="wanted_by_state"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
