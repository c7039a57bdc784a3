"""Servers of models that may be called, and every call that was made, with what it cost."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.base import PublicModel
from annotate.models.people import Annotator
from annotate.models.project import Project


class LengthField(models.TextChoices):
    """What a server calls the greatest length of a completion."""

    MAX_TOKENS = "max_tokens", "max_tokens"
    MAX_COMPLETION_TOKENS = "max_completion_tokens", "max_completion_tokens"


class Endpoint(PublicModel):
    """An OpenAI-compatible server: of the installation, or of one project alone.

    Money is in billionths of its currency, as whole numbers: sums of many small prices stay exact.
    """

    project = models.ForeignKey(
        Project,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="endpoints",
        verbose_name=_("project"),
    )
    name = models.CharField(_("name"), max_length=80, unique=True)
    base_url = models.CharField(_("address"), max_length=300)
    model_names = models.JSONField(_("models"), default=list)
    key_encrypted = models.TextField(_("key"), blank=True, editable=False)
    key_tail = models.CharField(  # all of the key that is ever shown
        _("end of the key"), max_length=4, blank=True, editable=False
    )
    length_field = models.CharField(
        _("name of the length"),
        max_length=24,
        choices=LengthField,
        default=LengthField.MAX_TOKENS,
    )
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    price_in = models.PositiveBigIntegerField(_("price of a token read"), default=0)
    price_out = models.PositiveBigIntegerField(_("price of a token written"), default=0)
    monthly_limit = models.PositiveBigIntegerField(  # over all projects
        _("most that a month may cost"), null=True, blank=True
    )
    requests_per_minute = models.PositiveIntegerField(_("requests a minute"), null=True, blank=True)
    tokens_per_minute = models.PositiveIntegerField(_("tokens a minute"), null=True, blank=True)
    most_at_once = models.PositiveSmallIntegerField(_("requests at once"), default=4)
    timeout_seconds = models.PositiveSmallIntegerField(_("seconds for an answer"), default=120)
    is_active = models.BooleanField(_("in use"), default=True)
    paused_until = models.DateTimeField(  # as it asked for itself
        _("paused until"), null=True, blank=True, editable=False
    )
    made_by = models.ForeignKey(
        Annotator, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    made_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("endpoint")
        verbose_name_plural = _("endpoints")
        constraints = [
            models.CheckConstraint(
                condition=Q(key_encrypted="", key_tail="") | (~Q(key_encrypted="")),
                name="end_of_a_key_only_with_it",
            ),
            models.CheckConstraint(
                condition=Q(most_at_once__gte=1, timeout_seconds__gte=1),
                name="endpoint_can_be_called",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class EndpointMonth(models.Model):
    """What an endpoint costs in one month of UTC, with what open calls may still cost."""

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="months")
    month = models.DateField(_("month"))  # its first day
    spent = models.PositiveBigIntegerField(_("money spent"), default=0)
    # Of calls whose rows are gone: `spent` has their cost already.
    n_old_calls = models.PositiveIntegerField(_("calls that are no longer listed"), default=0)
    n_old_failed = models.PositiveIntegerField(_("of these, failed"), default=0)
    n_old_tokens = models.PositiveBigIntegerField(_("of these, tokens"), default=0)

    class Meta:
        verbose_name = _("month of an endpoint")
        verbose_name_plural = _("months of endpoints")
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "month"], name="one_month_per_endpoint"),
            models.CheckConstraint(
                condition=Q(n_old_failed__lte=F("n_old_calls")),
                name="no_more_calls_failed_than_were_made",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint}, {self.month:%Y-%m}"


class CallState(models.TextChoices):
    OPEN = "open", _("open")
    ANSWERED = "answered", _("answered")
    FAILED = "failed", _("failed")
    LOST = "lost", _("lost")  # its worker died: it may have been answered, and paid for


class EndpointCall(PublicModel):
    """One request that was sent: while it is open, with the most that it may use."""

    month = models.ForeignKey(EndpointMonth, models.CASCADE, related_name="calls")
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="calls")
    model = models.CharField(_("model"), max_length=200)
    purpose = models.CharField(_("purpose"), max_length=60)  # such as generation:<its id>
    state = models.CharField(_("state"), max_length=8, choices=CallState, default=CallState.OPEN)
    sent_at = models.DateTimeField(_("sent at"), db_default=Now(), editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    n_tokens = models.PositiveIntegerField(_("tokens"))
    cost = models.PositiveBigIntegerField(_("cost"))

    class Meta:
        verbose_name = _("call of an endpoint")
        verbose_name_plural = _("calls of endpoints")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CallState.values), name="call_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=CallState.OPEN, ended_at=None)
                | (~Q(state=CallState.OPEN) & Q(ended_at__isnull=False)),
                name="call_ends_once",
            ),
        ]
        indexes = [
            models.Index(fields=["sent_at"], name="calls_by_age"),
            models.Index(fields=["endpoint", "sent_at"], name="calls_of_endpoint"),
            models.Index(
                fields=["endpoint", "sent_at"],
                condition=Q(state=CallState.OPEN),
                name="open_calls_of_endpoint",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} at {self.sent_at}"
