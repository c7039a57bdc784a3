"""Stored figures: a page reads them, a worker computes them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from annotate.models.project import Project


class AgreementReport(models.Model):
    """A project's agreement figures as last computed, with what they were computed from."""

    SCHEMA = 9  # of the report; another one is computed again before it is shown

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
