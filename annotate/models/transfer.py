"""Data in and out: long work in the background, with its progress and its errors by row."""

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.base import PublicModel, WorkState
from annotate.models.people import Annotator, User
from annotate.models.project import Project


class Transfer(PublicModel):
    """What an import and an export share: a claim fenced by a token, and where it stands."""

    state = models.CharField(_("state"), max_length=9, choices=WorkState, default=WorkState.QUEUED)
    token = models.UUIDField(_("token"), null=True, blank=True, editable=False)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    n_done = models.PositiveIntegerField(_("done"), default=0)
    n_total = models.PositiveIntegerField(_("in all"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)  # one sentence, when it failed
    requested_by = models.ForeignKey(
        Annotator,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    requested_at = models.DateTimeField(_("requested at"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def user(self) -> User | None:
        """Who asked for it, while they have an account."""
        return self.requested_by.user if self.requested_by else None


class WrongRows(models.TextChoices):
    REFUSE = "refuse", _("Refuse the whole file")
    SKIP = "skip", _("Keep the good rows")


class RecordedUse(models.TextChoices):
    """What becomes of a preference or of votes that a file already contains."""

    HOLD = "hold", _("Keep it aside: people here judge afresh")
    COUNT = "count", _("Count it as judgements of imported annotators")


class AlikePairs(models.TextChoices):
    """What becomes of pairs whose texts differ in nothing that is drawn."""

    KEEP = "keep", _("Have them judged like all others")
    LEAVE_OUT = "leave_out", _("Leave them out")


class Import(Transfer):
    project = models.ForeignKey(
        Project, models.CASCADE, related_name="imports", verbose_name=_("project")
    )
    file = models.FileField(_("file"), upload_to="imports/%Y/%m/", blank=True)
    file_name = models.CharField(_("file name"), max_length=200)
    format = models.CharField(_("format"), max_length=40, default="auto")
    wrong_rows = models.CharField(
        _("wrong rows"), max_length=6, choices=WrongRows, default=WrongRows.REFUSE
    )
    recorded_use = models.CharField(
        _("recorded votes"), max_length=5, choices=RecordedUse, default=RecordedUse.HOLD
    )
    alike_pairs = models.CharField(
        _("pairs that look the same"),
        max_length=9,
        choices=AlikePairs,
        default=AlikePairs.KEEP,
        db_default=AlikePairs.KEEP,
    )
    wording = models.JSONField(  # {"encoding", "delimiter", "quotes"}, as far as somebody said it
        _("how it is written"), default=dict, blank=True, db_default=Value({}, models.JSONField())
    )
    columns = models.JSONField(  # {what it is: the name of the column}, where the names differ
        _("columns"), default=dict, blank=True, db_default=Value({}, models.JSONField())
    )
    overlap = models.PositiveSmallIntegerField(  # else the project's
        _("overlap"), null=True, blank=True
    )
    n_prompts = models.PositiveIntegerField(_("prompts"), default=0)
    n_comparisons = models.PositiveIntegerField(_("comparisons"), default=0)
    n_judgements = models.PositiveIntegerField(_("judgements"), default=0)
    n_duplicates = models.PositiveIntegerField(_("repeats"), default=0)
    n_contradictions = models.PositiveIntegerField(_("contradictions"), default=0, db_default=0)
    n_second_votes = models.PositiveIntegerField(_("second votes"), default=0, db_default=0)
    n_unanswered = models.PositiveIntegerField(
        _("prompts that wait for answers"), default=0, db_default=0
    )
    n_alike = models.PositiveIntegerField(_("pairs that look the same"), default=0, db_default=0)
    n_wrong = models.PositiveIntegerField(_("wrong rows"), default=0)
    errors = models.JSONField(  # [{"row", "field", "value", "message"}]
        _("errors"), default=list, blank=True
    )

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=WorkState.values), name="import_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class Upload(PublicModel):
    """A file that waits for somebody to look at it and say how it is to be imported."""

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="uploads", verbose_name=_("project")
    )
    uploaded_by = models.ForeignKey(
        Annotator, models.CASCADE, related_name="+", verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), db_default=Now(), editable=False)
    file = models.FileField(_("file"), upload_to="uploads/%Y/%m/")
    file_name = models.CharField(_("file name"), max_length=200)
    choices = models.JSONField(_("choices"), default=dict, blank=True)

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")

    def __str__(self) -> str:
        return self.file_name


class HubFetch(Transfer):
    """One file of a hub's data set on its way here; it then waits as an upload, or is imported."""

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="hub_fetches", verbose_name=_("project")
    )
    dataset = models.CharField(_("data set"), max_length=200)
    revision = models.CharField(_("revision"), max_length=100)
    path = models.CharField(_("file"), max_length=500)
    choices = models.JSONField(_("choices"), default=dict, blank=True)
    imports_at_once = models.BooleanField(_("imported at once"), default=False)
    upload = models.OneToOneField(  # gone once it is imported, or after a day
        Upload,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="hub_fetch",
        verbose_name=_("upload"),
    )
    came_in_as = models.OneToOneField(
        Import,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="hub_fetch",
        verbose_name=_("import"),
    )

    class Meta:
        verbose_name = _("file of a hub")
        verbose_name_plural = _("files of hubs")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=WorkState.values), name="hub_fetch_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dataset}/{self.path}"


class ColumnMapping(models.Model):
    """What the columns of files like this one are, kept under a name for the next."""

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="column_mappings", verbose_name=_("project")
    )
    name = models.CharField(_("name"), max_length=100)
    columns = models.JSONField(_("columns"), default=dict)

    class Meta:
        verbose_name = _("column mapping")
        verbose_name_plural = _("column mappings")
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="one_mapping_per_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Export(Transfer):
    project = models.ForeignKey(
        Project, models.CASCADE, related_name="exports", verbose_name=_("project")
    )
    format = models.CharField(_("format"), max_length=40)
    options = models.JSONField(  # which rows, and what beside them; what is usual is not in it
        _("options"), default=dict, blank=True
    )
    left_out = models.JSONField(  # {reason: rows}
        _("rows left out"), default=dict, blank=True
    )
    file = models.FileField(_("file"), upload_to="exports/%Y/%m/", blank=True)
    digest = models.CharField(_("digest"), max_length=64, blank=True)
    size_bytes = models.PositiveBigIntegerField(_("size in bytes"), null=True, blank=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=WorkState.values), name="export_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} as {self.format}"
