"""How much of the machines a project may use, and how it stands in the queue."""

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
        ]

    def __str__(self) -> str:
        return str(self.project)
