"""Long work on a model. The row is the truth; the Celery message only rings the bell."""

from django.conf import settings as django_settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models import Project, PublicModel
from training.models.document_shapes import (
    ESTIMATE,
    LIVE_SAMPLES,
    PLAN,
    PREFLIGHT,
    SUMMARY,
)
from training.models.snapshot import Snapshot
from training.models.stored_document import StoredDocument
from training.words.methods import METHOD_CHOICES


class RunKind(models.TextChoices):
    TRAIN = "train", _("train")
    SAMPLE = "sample", _("sample")
    EVALUATE = "evaluate", _("evaluate")
    MERGE = "merge", _("merge")


class RunState(models.TextChoices):
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


UNFINISHED_RUN = (RunState.QUEUED, RunState.RUNNING)
ENDED_BADLY = (RunState.FAILED, RunState.CANCELLED)  # and may be resumed


class Run(PublicModel):
    """One piece of work for a training worker, with its whole configuration.

    It starts from a checkpoint, or from the final checkpoint of another run (`after`) once
    that has succeeded.
    """

    kind = models.CharField(_("kind"), max_length=8, choices=RunKind, default=RunKind.TRAIN)
    method = models.CharField(  # of kind train
        _("method"), max_length=20, choices=METHOD_CHOICES, blank=True
    )
    name = models.CharField(_("name"), max_length=120, blank=True)
    snapshot = models.ForeignKey(
        Snapshot,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="runs",
        verbose_name=_("snapshot"),
    )
    base = models.ForeignKey(
        "training.Checkpoint",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="runs_from",
        verbose_name=_("start checkpoint"),
    )
    after = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="followers",
        verbose_name=_("starts after"),
    )
    project = models.ForeignKey(  # of kind sample: whose prompts, and where comparisons go
        Project,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sample_runs",
        verbose_name=_("project"),
    )
    settings = models.JSONField(_("settings"), default=dict)  # the method's config, complete
    needs = models.JSONField(  # what a worker must have to take it
        _("needs"), default=dict, blank=True
    )
    estimate = StoredDocument(  # what it was thought to take before it began
        _("estimate"), null=True, blank=True, shape=ESTIMATE
    )
    reward_models = models.ManyToManyField(  # those that its settings name
        "training.Checkpoint",
        blank=True,
        related_name="runs_rewarded",
        verbose_name=_("reward models"),
    )
    charged_to = models.ForeignKey(  # whose budget it uses; none, where it is of several projects
        Project,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="runs_charged",
        verbose_name=_("charged to"),
    )
    against = models.ForeignKey(  # of kind evaluate: whose answers its own are compared with
        "training.Checkpoint",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("compared with"),
    )
    sweep = models.ForeignKey(
        "training.Sweep",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="runs",
        verbose_name=_("sweep"),
    )
    requested_by = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    queued_at = models.DateTimeField(_("queued at"), db_default=Now(), editable=False)
    waits_since = models.DateTimeField(  # its place in the queue; interrupted, it keeps it
        _("waits since"), db_default=Now(), editable=False
    )
    resumed_at = models.DateTimeField(_("resumed at"), null=True, blank=True)
    resumed_by = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("resumed by"),
    )

    state = models.CharField(_("state"), max_length=9, choices=RunState, default=RunState.QUEUED)
    token = models.UUIDField(  # fences every later write
        _("token"), null=True, blank=True, editable=False
    )
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)  # the last one's number
    max_attempts = models.PositiveSmallIntegerField(  # up to which number; more once it is resumed
        _("most attempts"), default=3
    )
    worker = models.CharField(_("worker"), max_length=120, blank=True)
    lease_until = models.DateTimeField(  # by the database's clock
        _("lease until"), null=True, blank=True
    )
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    dispatched_at = models.DateTimeField(_("announced at"), null=True, blank=True)
    cancel_requested_at = models.DateTimeField(_("cancel requested at"), null=True, blank=True)
    cancel_requested_by = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("cancel requested by"),
    )
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    step = models.PositiveIntegerField(_("step"), default=0)
    total_steps = models.PositiveIntegerField(_("steps in all"), null=True, blank=True)
    phase = models.CharField(_("phase"), max_length=20, blank=True)
    reason = models.TextField(_("reason"), blank=True)  # one sentence, when it failed
    log = models.TextField(_("log"), blank=True)  # the end of what the child printed
    preflight = StoredDocument(_("preflight"), null=True, blank=True, shape=PREFLIGHT)
    plan = StoredDocument(_("plan"), null=True, blank=True, shape=PLAN)
    summary = StoredDocument(_("summary"), null=True, blank=True, shape=SUMMARY)
    live_samples = StoredDocument(  # the newest of what a method that samples has written
        _("samples so far"), default=list, blank=True, shape=LIVE_SAMPLES
    )

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=RunKind.values), name="run_kind_is_known"),
            models.CheckConstraint(
                condition=Q(state__in=RunState.values), name="run_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(kind=RunKind.TRAIN) & ~Q(method="")
                | ~Q(kind=RunKind.TRAIN) & Q(method=""),
                name="a_training_run_has_a_method",
            ),
            models.CheckConstraint(
                condition=Q(base__isnull=False) | Q(after__isnull=False),
                name="a_run_starts_somewhere",
            ),
            models.CheckConstraint(
                condition=~Q(state=RunState.RUNNING)
                | Q(token__isnull=False, lease_until__isnull=False),
                name="a_running_run_is_leased",
            ),
            models.CheckConstraint(
                condition=Q(sweep=None) | Q(kind=RunKind.TRAIN), name="a_run_of_a_sweep_trains"
            ),
        ]
        indexes = [
            models.Index(
                fields=["waits_since"],
                condition=Q(state__in=list(UNFINISHED_RUN)),
                name="run_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.public_id)


MACHINE = "machine"  # the phase of metrics that tell what a run takes of its machine


class RunMetric(models.Model):
    """One logged step of a run; cut back to the checkpoint when the run resumes from one."""

    run = models.ForeignKey(
        Run,
        models.CASCADE,
        db_index=False,  # `one_metric_per_step` begins with it
        related_name="metrics",
        verbose_name=_("run"),
    )
    phase = models.CharField(_("phase"), max_length=20)
    step = models.PositiveIntegerField(_("step"))
    logged_at = models.DateTimeField(_("logged at"))
    values = models.JSONField(_("values"))

    class Meta:
        verbose_name = _("metric")
        verbose_name_plural = _("metrics")
        constraints = [
            models.UniqueConstraint(fields=["run", "phase", "step"], name="one_metric_per_step"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.phase} {self.step}"
