"""What a model learns from: preferences frozen at an instant, never changed afterwards."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models import EditOver, Judgement, Preference, Project, PublicModel


def new_split_salt() -> str:
    return secrets.token_hex(16)


class Installation(models.Model):
    """The one row of facts that belong to the installation.

    One salt for all snapshots: a prompt never moves from the held-out side to training.
    """

    split_salt = models.CharField(
        _("salt of the split"), max_length=32, default=new_split_salt, editable=False
    )

    class Meta:
        verbose_name = _("installation")
        verbose_name_plural = _("installations")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="one_installation"),
        ]

    def __str__(self) -> str:
        return "installation"


class Split(models.TextChoices):
    TRAIN = "train", _("training")
    EVAL = "eval", _("held out")


class Snapshot(PublicModel):
    """Records as canonical JSON Lines in the artifact store, named by their digest."""

    name = models.CharField(_("name"), max_length=120)
    projects = models.ManyToManyField(Project, related_name="snapshots", verbose_name=_("projects"))
    selection = models.JSONField(  # project slugs, cohorts, kinds of annotator, agreement, dates
        _("selection")
    )
    cutoff_at = models.DateTimeField(_("cut-off"))
    split_salt = models.CharField(_("salt of the split"), max_length=32)
    eval_share = models.FloatField(_("share held out"))
    schema_version = models.PositiveSmallIntegerField(_("version of the format"), default=1)
    digest = models.CharField(_("digest"), max_length=64, db_index=True)
    records_sha256 = models.CharField(  # of the file of records: equal content, equal value
        _("SHA-256 of the records"), max_length=64, blank=True, db_index=True
    )
    file = models.CharField(  # name in the artifact store; the manifest lies beside
        _("file"), max_length=200
    )
    n_pairs = models.PositiveIntegerField(_("pairs"))  # rows in all, ties and both_bad included
    n_train = models.PositiveIntegerField(_("pairs for training"))
    n_eval = models.PositiveIntegerField(_("pairs held out"))
    n_train_preferences = models.PositiveIntegerField(  # of the pairs: one answer is the better
        _("preferences for training"), default=0
    )
    n_eval_preferences = models.PositiveIntegerField(_("preferences held out"), default=0)
    n_ties = models.PositiveIntegerField(_("ties"), default=0)
    n_both_bad = models.PositiveIntegerField(_("both bad"), default=0)
    n_edits = models.PositiveIntegerField(_("pairs of edited answers"), default=0)
    edits_left_out = models.JSONField(  # by reason
        _("edits left out"), default=dict, blank=True
    )
    n_of_arenas_left_out = models.PositiveIntegerField(  # this split would train on their prompts
        _("pairs of arenas left out"), default=0
    )
    n_judgements = models.PositiveIntegerField(_("judgements"), default=0)
    n_simulated = models.PositiveIntegerField(  # judgements by simulated annotators
        _("simulated judgements"), default=0
    )
    pairs_by_project = models.JSONField(  # by the project's key
        _("pairs by project"), default=dict, blank=True
    )
    judgements_by_kind = models.JSONField(  # of annotator
        _("judgements by kind"), default=dict, blank=True
    )
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("frozen by"),
    )
    frozen_at = models.DateTimeField(_("frozen at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")

    def __str__(self) -> str:
        return self.name


class SnapshotPair(models.Model):
    """One row of a snapshot, and the preference that it was made from; or an edit beside it."""

    class State(models.TextChoices):
        KEPT = "kept", _("kept")
        # The person asked: the digest stays, the row's use is marked.
        ERASED = "erased", _("erased")

    snapshot = models.ForeignKey(
        Snapshot,
        models.CASCADE,
        db_index=False,  # `one_pair_per_position` begins with it
        related_name="pairs",
        verbose_name=_("snapshot"),
    )
    preference = models.ForeignKey(
        Preference, models.PROTECT, related_name="snapshot_pairs", verbose_name=_("preference")
    )
    edit = models.ForeignKey(  # the judgement whose edited text is the row's chosen answer
        Judgement,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="edit_pairs",
        verbose_name=_("edit"),
    )
    edit_over = models.CharField(
        _("edited over"), max_length=8, choices=EditOver, blank=True, default=""
    )
    position = models.PositiveIntegerField(_("position"))
    split = models.CharField(_("split"), max_length=5, choices=Split)
    digest = models.CharField(_("digest"), max_length=64)  # of the row's canonical JSON
    state = models.CharField(_("state"), max_length=6, choices=State, default=State.KEPT)

    class Meta:
        verbose_name = _("snapshot pair")
        verbose_name_plural = _("snapshot pairs")
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "position"], name="one_pair_per_position"),
            models.UniqueConstraint(
                fields=["snapshot", "preference"],
                condition=Q(edit=None),
                name="one_pair_per_preference",
            ),
            models.UniqueConstraint(
                fields=["snapshot", "edit", "edit_over"],
                condition=Q(edit__isnull=False),
                name="one_pair_per_edit",
            ),
            models.CheckConstraint(
                condition=Q(edit=None, edit_over="")
                | Q(edit__isnull=False, edit_over__in=EditOver.values),
                name="an_edit_says_over_what",
            ),
            models.CheckConstraint(condition=Q(split__in=Split.values), name="split_is_known"),
        ]
        indexes = [
            models.Index(fields=["snapshot"], condition=Q(state="erased"), name="erased_pairs"),
        ]

    def __str__(self) -> str:
        return f"{self.snapshot_id} #{self.position}"
