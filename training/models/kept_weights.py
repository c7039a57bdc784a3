"""How long trained weights are kept: the one row of rules of an installation."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotate.models import PublicModel


class Retention(PublicModel):
    """What is kept beside what is in use; without the row, as with these defaults.

    Its field names are also those of the page, the API and the command.
    """

    keep_newest = models.PositiveSmallIntegerField(_("newest of each kind to keep"), default=10)
    keep_best = models.PositiveSmallIntegerField(_("best of each snapshot to keep"), default=3)
    most_gib = models.PositiveIntegerField(  # nothing is deleted while all take less
        _("most space, in GiB"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    resumable_days = models.PositiveSmallIntegerField(  # none: for as long as there is space
        _("days for which a failed or cancelled run can be resumed from its last checkpoint"),
        null=True,
        blank=True,
        default=14,
    )
    keep_sweeps = models.BooleanField(_("keep every result of a sweep"), default=True)
    is_automatic = models.BooleanField(_("delete by itself, once an hour"), default=False)

    class Meta:
        verbose_name = _("rules of retention")
        verbose_name_plural = _("rules of retention")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="one_retention"),
            models.CheckConstraint(
                condition=Q(most_gib=None) | Q(most_gib__gte=1), name="space_is_positive"
            ),
        ]

    def __str__(self) -> str:
        return "retention"
