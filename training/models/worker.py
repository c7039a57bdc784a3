"""The training processes that are there, and what they are doing."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from training.models.run import Run


class Worker(models.Model):
    name = models.CharField(_("name"), max_length=120, unique=True)
    devices = models.JSONField(_("devices"), default=list)
    heartbeat_at = models.DateTimeField(_("last sign of life"))
    run = models.ForeignKey(
        Run, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("run")
    )

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")

    def __str__(self) -> str:
        return self.name
