"""A base that is being brought along: long work, as every byte of it is read."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotate.models import WorkState
from annotate.models.transfer import Transfer
from training.models.checkpoint import Checkpoint


class Registration(Transfer):
    wanted = models.CharField(_("directory or hub id"), max_length=300)
    name = models.CharField(_("name"), max_length=120, blank=True)
    base = models.ForeignKey(
        Checkpoint,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="registrations",
        verbose_name=_("base"),
    )

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=WorkState.values), name="registration_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.wanted
