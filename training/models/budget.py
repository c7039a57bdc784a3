"""How much of the machines a project may use, when, and how it stands in the queue."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotate.models import Project

MOST_PRIORITY = 100


class Budget(models.Model):
    """A project without one has no limit, and priority 1."""

    project = models.OneToOneField(
        Project, models.CASCADE, related_name="budget", verbose_name=_("project")
    )
    weekly_seconds = models.PositiveIntegerField(  # of machines, in any seven days
        _("machine seconds in seven days"), null=True, blank=True
    )
    most_runs = models.PositiveSmallIntegerField(
        _("most runs at once"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_PRIORITY)],
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")

    class Meta:
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")
        constraints = [
            models.CheckConstraint(
                condition=Q(priority__gte=1, priority__lte=MOST_PRIORITY),
                name="priority_is_from_1_to_100",
            ),
            models.CheckConstraint(
                condition=Q(most_runs=None) | Q(most_runs__gte=1), name="some_run_may_run"
            ),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_of_a_project_begin_and_end",
            ),
        ]

    def __str__(self) -> str:
        return str(self.project)
