"""Data in and out: long work in the background, with its progress and its errors by row."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.base import PublicModel, WorkState
from annotate.models.people import Annotator
from annotate.models.project import Project


class Transfer(PublicModel):
    """What an import and an export share: a claim fenced by a token, and where it stands."""

    state = models.CharField(max_length=9, choices=WorkState, default=WorkState.QUEUED)
    token = models.UUIDField(null=True, blank=True, editable=False)
    attempt = models.PositiveSmallIntegerField(default=0)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    n_done = models.PositiveIntegerField(default=0)
    n_total = models.PositiveIntegerField(null=True, blank=True)
    reason = models.TextField(blank=True)  # one sentence, when it failed
    requested_by = models.ForeignKey(
        Annotator, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    requested_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class WrongRows(models.TextChoices):
    REFUSE = "refuse", _("Refuse the whole file")
    SKIP = "skip", _("Keep the good rows")


class RecordedUse(models.TextChoices):
    """What becomes of a preference or of votes that a file already contains."""

    HOLD = "hold", _("Keep it aside: people here judge afresh")
    COUNT = "count", _("Count it as judgements of imported annotators")


class Import(Transfer):
    project = models.ForeignKey(Project, models.CASCADE, related_name="imports")
    file = models.FileField(upload_to="imports/%Y/%m/", blank=True)
    file_name = models.CharField(max_length=200)
    format = models.CharField(max_length=40, default="auto")
    wrong_rows = models.CharField(max_length=6, choices=WrongRows, default=WrongRows.REFUSE)
    recorded_use = models.CharField(max_length=5, choices=RecordedUse, default=RecordedUse.HOLD)
    overlap = models.PositiveSmallIntegerField(null=True, blank=True)  # else the project's
    n_prompts = models.PositiveIntegerField(default=0)
    n_comparisons = models.PositiveIntegerField(default=0)
    n_judgements = models.PositiveIntegerField(default=0)
    n_duplicates = models.PositiveIntegerField(default=0)
    n_wrong = models.PositiveIntegerField(default=0)
    errors = models.JSONField(default=list, blank=True)  # [{"row", "field", "value", "message"}]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=WorkState.values), name="import_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class Export(Transfer):
    project = models.ForeignKey(Project, models.CASCADE, related_name="exports")
    format = models.CharField(max_length=40)
    file = models.FileField(upload_to="exports/%Y/%m/", blank=True)
    digest = models.CharField(max_length=64, blank=True)
    size_bytes = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=WorkState.values), name="export_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} as {self.format}"
