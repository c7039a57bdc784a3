"""Stored figures: a page reads them, a worker computes them."""

from django.db import models

from annotate.models.project import Project


class AgreementReport(models.Model):
    """A project's agreement figures as last computed, with what they were computed from."""

    project = models.OneToOneField(Project, models.CASCADE, related_name="agreement_report")
    report = models.JSONField()
    n_judgements = models.PositiveIntegerField()
    last_change_at = models.DateTimeField(null=True, blank=True)  # newest judgement or withdrawal
    computed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.project}: {self.n_judgements} judgements"
