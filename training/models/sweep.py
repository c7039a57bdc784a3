"""Runs that were queued together to find out what a setting does."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models import PublicModel
from training.words.methods import METHOD_CHOICES


class Sweep(PublicModel):
    """Training runs that differ in one or two settings, and in nothing else."""

    name = models.CharField(_("name"), max_length=80)
    method = models.CharField(_("method"), max_length=20, choices=METHOD_CHOICES)
    varied = models.JSONField(  # the values of each setting, in the order in which they were given
        _("varied settings")
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    queued_at = models.DateTimeField(_("queued at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("sweep")
        verbose_name_plural = _("sweeps")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="a_sweep_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
