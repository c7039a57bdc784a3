"""Addresses outside to which a project tells what happens in it."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.base import PublicModel
from annotate.models.people import Annotator
from annotate.models.project import Project


class WebhookFormat(models.TextChoices):
    JSON = "json", _("plain JSON, signed")
    SLACK = "slack", "Slack"
    TEAMS = "teams", "Microsoft Teams"
    FEISHU = "feishu", _("Feishu or Lark")
    DINGTALK = "dingtalk", _("DingTalk")


class Webhook(PublicModel):
    """One address. Chat services put a secret into it, so all of it but its host is kept as one."""

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="webhooks", verbose_name=_("project")
    )
    name = models.CharField(_("name"), max_length=80)
    format = models.CharField(_("format"), max_length=8, choices=WebhookFormat)
    host = models.CharField(_("host"), max_length=260)
    url_encrypted = models.TextField(_("address"), editable=False)
    secret_encrypted = models.TextField(_("secret"), blank=True, editable=False)
    kinds = models.JSONField(_("of what"), default=list, blank=True)  # empty: of everything
    language = models.CharField(_("language"), max_length=10, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)
    made_by = models.ForeignKey(
        Annotator, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    made_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"], name="one_webhook_of_a_name_in_a_project"
            ),
            models.CheckConstraint(
                condition=Q(format__in=WebhookFormat.values), name="webhook_format_is_known"
            ),
            models.CheckConstraint(condition=~Q(url_encrypted=""), name="a_webhook_has_an_address"),
        ]

    def __str__(self) -> str:
        return self.name
