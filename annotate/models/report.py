"""Stored figures: a page reads them, a worker computes them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotate.models.base import WorkState
from annotate.models.project import Project
from annotate.models.transfer import Transfer


class AgreementReport(models.Model):
    """A project's agreement figures as last computed, with what they were computed from."""

    SCHEMA = 11  # of the report; another one is computed again before it is shown

    project = models.OneToOneField(
        Project, models.CASCADE, related_name="agreement_report", verbose_name=_("project")
    )
    report = models.JSONField(_("report"))
    n_judgements = models.PositiveIntegerField(_("judgements"))
    last_change_at = models.DateTimeField(  # newest judgement or withdrawal
        _("last change at"), null=True, blank=True
    )
    computed_at = models.DateTimeField(_("computed at"))

    class Meta:
        verbose_name = _("agreement report")
        verbose_name_plural = _("agreement reports")

    def __str__(self) -> str:
        return f"{self.project}: {self.n_judgements} judgements"

    @classmethod
    def stored_for(cls, project: Project) -> "AgreementReport | None":
        """What a page or the API may show, if it has been computed."""
        return cls.objects.filter(project=project, report__schema=cls.SCHEMA).first()


class MergedReport(Transfer):
    """The figures of several projects as if they were one: asked for by somebody, kept for all who
    may see each of them.
    """

    projects = models.ManyToManyField(
        Project, related_name="merged_reports", verbose_name=_("projects")
    )
    which = models.CharField(  # a digest of the projects' ids: one row for each set of them
        _("which projects"), max_length=64, unique=True, editable=False
    )
    made_from = models.JSONField(  # the fingerprint of each project's judgements
        _("made from"), default=dict, blank=True
    )
    report = models.JSONField(_("report"), null=True, blank=True)
    n_judgements = models.PositiveIntegerField(_("judgements"), null=True, blank=True)
    computed_at = models.DateTimeField(_("computed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("merged agreement report")
        verbose_name_plural = _("merged agreement reports")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=WorkState.values), name="merged_report_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.which[:12]
