"""Weights, where they came from, and how good they are."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from annotate.models import PublicModel
from training.models.document_shapes import SAMPLES
from training.models.run import Run
from training.models.snapshot import Snapshot
from training.models.stored_document import StoredDocument, with_figures


class CheckpointKind(models.TextChoices):
    BASE = "base", _("base")  # brought along, not trained here
    POLICY = "policy", _("policy")
    REWARD_MODEL = "reward_model", _("reward model")


class Checkpoint(PublicModel):
    """A model directory, known by the digest of its sorted manifest; of an adapter, by that of
    its own manifest and those of all that it lies over.

    A trained one lies in the artifact store; a base may stay where it is on this machine.
    One that is not final carries the optimizer too, so that its run can go on from it.
    """

    kind = models.CharField(_("kind"), max_length=12, choices=CheckpointKind)
    name = models.CharField(_("name"), max_length=120)
    digest = models.CharField(_("digest"), max_length=64, db_index=True)
    manifest = models.JSONField(_("manifest"))  # [{"path", "size", "sha256"}], sorted by path
    size_bytes = models.PositiveBigIntegerField(_("size in bytes"))
    folder = models.CharField(  # in the artifact store, or an absolute local path
        _("folder"), max_length=300
    )
    is_local = models.BooleanField(_("on this machine"), default=False)
    source = models.CharField(  # hub id and revision, or a path
        _("source"), max_length=300, blank=True
    )
    lies_over = models.ForeignKey(  # of an adapter: what it is added to when it is read
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="adapters",
        verbose_name=_("lies over"),
    )
    run = models.ForeignKey(
        Run,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="checkpoints",
        verbose_name=_("run"),
    )
    step = models.PositiveIntegerField(_("step"), default=0)
    is_final = models.BooleanField(_("final"), default=True)
    uses_erased_data = models.BooleanField(_("uses erased data"), default=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    dropped_at = models.DateTimeField(  # since when its files are no longer in the store
        _("files deleted at"), null=True, blank=True, editable=False
    )

    class Meta:
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=CheckpointKind.values), name="checkpoint_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(kind=CheckpointKind.BASE) | Q(run__isnull=False),
                name="a_trained_checkpoint_has_a_run",
            ),
            models.CheckConstraint(
                condition=Q(dropped_at=None) | Q(is_local=False),
                name="what_lies_on_this_machine_is_not_ours_to_delete",
            ),
            models.UniqueConstraint(
                fields=["run"], condition=Q(is_final=True), name="one_final_checkpoint_per_run"
            ),
            models.UniqueConstraint(
                fields=["run", "step"],
                condition=Q(is_final=False),
                name="one_checkpoint_per_step",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def is_promoted(self) -> bool:
        """Whether some project uses it; lists ask for all at once by `with_is_champion`."""
        return self.aliases.champions().exists()


class Evaluation(PublicModel):
    """Figures of one checkpoint on one snapshot's held-out pairs, beside their baselines."""

    checkpoint = models.ForeignKey(
        Checkpoint, models.PROTECT, related_name="evaluations", verbose_name=_("checkpoint")
    )
    snapshot = models.ForeignKey(
        Snapshot,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="evaluations",
        verbose_name=_("snapshot"),
    )
    run = models.OneToOneField(
        Run, models.PROTECT, related_name="evaluation", verbose_name=_("run")
    )
    figures = StoredDocument(_("figures"), shape=with_figures)
    baselines = StoredDocument(_("baselines"), default=dict, shape=with_figures)
    samples = StoredDocument(_("samples"), default=list, shape=SAMPLES)
    report = models.CharField(  # name in the artifact store: one page with all figures
        _("report"), max_length=200, blank=True
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("evaluation")
        verbose_name_plural = _("evaluations")

    def __str__(self) -> str:
        return f"{self.checkpoint} on {self.snapshot}"

    @property
    def scored_by(self) -> str:
        """The same for two whose accuracies are of one kind: of log-ratios also what they are to.

        A policy is measured against what it was trained from.
        """
        name = str(self.figures.get("scored_by", ""))
        run = self.checkpoint.run
        return f"{name} {run.base_id}" if name.startswith("log-ratio") and run else name
