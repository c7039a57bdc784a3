"""What is to be told outside of the pages: the outbox, and each try at sending."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.base import UNFINISHED, PublicModel, WorkState
from annotate.models.people import User
from annotate.models.project import Project
from annotate.models.webhook import Webhook


class Channel(models.TextChoices):
    EMAIL = "email", _("e-mail")
    WEBHOOK = "webhook", _("webhook")


class Delivery(PublicModel):
    """One message to one place, written in the transaction of what it tells.

    Its public id goes along with every try: whoever gets a message twice can tell by it.
    """

    channel = models.CharField(_("channel"), max_length=7, choices=Channel)
    project = models.ForeignKey(
        Project,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="deliveries",
        verbose_name=_("project"),
    )
    user = models.ForeignKey(  # the reader of an e-mail, where they have an account
        User,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="deliveries",
        verbose_name=_("user"),
    )
    webhook = models.ForeignKey(
        Webhook,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="deliveries",
        verbose_name=_("webhook"),
    )
    address = models.CharField(_("address"), max_length=254, blank=True)
    title = models.CharField(_("title"), max_length=200)
    # A link in an e-mail may let somebody in, so it is as secret as a key until it is sent.
    content_encrypted = models.TextField(_("content"), blank=True, editable=False)
    document = models.JSONField(  # what a webhook is told: no secret
        _("document"), null=True, blank=True, editable=False
    )
    state = models.CharField(_("state"), max_length=9, choices=WorkState, default=WorkState.QUEUED)
    token = models.UUIDField(_("token"), null=True, blank=True, editable=False)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)  # why the last try failed
    made_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)
    due_at = models.DateTimeField(_("due at"), db_default=Now())
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values), name="delivery_channel_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=WorkState.values), name="delivery_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(channel=Channel.EMAIL, address=""), name="an_email_has_an_address"
            ),
            models.CheckConstraint(
                condition=Q(channel=Channel.WEBHOOK, webhook__isnull=False)
                | Q(channel=Channel.EMAIL, webhook=None),
                name="a_call_has_its_webhook",
            ),
        ]
        indexes = [
            models.Index(
                fields=["channel", "due_at"],
                condition=Q(state__in=UNFINISHED),
                name="deliveries_to_be_sent",
            ),
            models.Index(fields=["finished_at"], name="deliveries_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.public_id}"

    @property
    def is_live(self) -> bool:
        """Whether it is worth watching: after a first failure it waits for minutes or hours."""
        return self.state in UNFINISHED and (self.attempt == 0 or self.state == WorkState.RUNNING)

    @property
    def may_be_sent_again(self) -> bool:
        """The text of a letter is gone with its arrival; what a webhook was told is kept."""
        if self.channel == Channel.EMAIL:
            return self.state == WorkState.FAILED and bool(self.content_encrypted)
        return self.state not in UNFINISHED


class DeliveryTry(models.Model):
    """One try at sending; without an end, its worker was cut short."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="tries")
    number = models.PositiveSmallIntegerField(_("number"))
    begun_at = models.DateTimeField(_("begun at"), db_default=Now(), editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    is_good = models.BooleanField(_("arrived"), default=False)
    status = models.PositiveSmallIntegerField(_("status"), null=True, blank=True)
    said = models.TextField(_("what the server said"), blank=True)

    class Meta:
        verbose_name = _("try at a delivery")
        verbose_name_plural = _("tries at deliveries")
        indexes = [models.Index(fields=["delivery", "id"], name="tries_of_delivery")]

    def __str__(self) -> str:
        return f"{self.delivery_id}: {self.number}"
