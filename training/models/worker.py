"""The training processes that are there, and what they are doing."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models import PublicModel
from training.models.run import Run


class Worker(PublicModel):
    """By its own word: a worker writes what it is, and every few seconds that it lives."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    devices = models.JSONField(  # [{"kind": "cpu" or "cuda", "name", "memory_mib"}]
        _("devices"), default=list
    )
    versions = models.JSONField(_("versions"), default=dict)  # by package
    load = models.JSONField(  # shares and MiB in use, at the last sign of life
        _("load"), default=dict
    )
    started_at = models.DateTimeField(_("started at"), db_default=Now(), editable=False)
    heartbeat_at = models.DateTimeField(_("last sign of life"))
    run = models.ForeignKey(
        Run, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("run")
    )
    drained_at = models.DateTimeField(  # since when it is to take no more runs
        _("drained at"), null=True, blank=True
    )
    drained_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("drained by"),
    )

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")

    def __str__(self) -> str:
        return self.name
