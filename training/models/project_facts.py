"""What was known of a project, hour by hour: schedules read it, and look back over it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotate.models import Project


class ProjectFacts(models.Model):
    """Facts that stood from `measured_at` until `held_until`, by name: value, interval and count.

    While nothing changes, one row is held on to; what changes within its hour is written over it.
    """

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="facts", verbose_name=_("project")
    )
    measured_at = models.DateTimeField(_("measured at"))
    held_until = models.DateTimeField(_("held until"))
    is_newest = models.BooleanField(_("newest"), default=True)
    facts = models.JSONField(_("facts"))
    newest_preference = models.BigIntegerField(_("newest preference"), default=0)  # a row's number
    newest_evaluation = models.BigIntegerField(_("newest evaluation"), default=0)
    newest_alias = models.BigIntegerField(_("newest line of a name"), default=0)
    report_at = models.DateTimeField(_("agreement computed at"), null=True, blank=True)
    seconds = models.FloatField(_("seconds it took"), default=0)

    class Meta:
        verbose_name = _("facts of a project")
        verbose_name_plural = _("facts of projects")
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(is_newest=True),
                name="one_newest_row_of_facts_for_a_project",
            ),
            models.UniqueConstraint(
                fields=["project", "measured_at"], name="facts_of_a_project_follow_each_other"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.measured_at}"
