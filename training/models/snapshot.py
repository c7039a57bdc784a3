"""What a model learns from: preferences frozen at an instant, never changed afterwards."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models import Preference, Project, PublicModel


def new_split_salt() -> str:
    return secrets.token_hex(16)


class Installation(models.Model):
    """The one row of facts that belong to the installation.

    One salt for all snapshots: a prompt never moves from the held-out side to training.
    """

    split_salt = models.CharField(max_length=32, default=new_split_salt, editable=False)

    class Meta:
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
    projects = models.ManyToManyField(Project, related_name="snapshots")
    selection = models.JSONField()  # project slugs, cohorts, kinds of annotator, agreement, dates
    cutoff_at = models.DateTimeField()
    split_salt = models.CharField(max_length=32)
    eval_share = models.FloatField()
    schema_version = models.PositiveSmallIntegerField(default=1)
    digest = models.CharField(max_length=64, db_index=True)
    file = models.CharField(max_length=200)  # name in the artifact store; the manifest lies beside
    n_pairs = models.PositiveIntegerField()  # rows in all, ties and both_bad included
    n_train = models.PositiveIntegerField()
    n_eval = models.PositiveIntegerField()
    n_ties = models.PositiveIntegerField(default=0)
    n_both_bad = models.PositiveIntegerField(default=0)
    n_judgements = models.PositiveIntegerField(default=0)
    n_simulated = models.PositiveIntegerField(default=0)  # judgements by simulated annotators
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    frozen_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return self.name


class SnapshotPair(models.Model):
    """One row of a snapshot, and the preference that it was made from."""

    class State(models.TextChoices):
        KEPT = "kept"
        ERASED = "erased"  # the person asked: the digest stays, the row's use is marked

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="pairs")
    preference = models.ForeignKey(Preference, models.PROTECT, related_name="snapshot_pairs")
    position = models.PositiveIntegerField()
    split = models.CharField(max_length=5, choices=Split)
    digest = models.CharField(max_length=64)  # of the row's canonical JSON
    state = models.CharField(max_length=6, choices=State, default=State.KEPT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "position"], name="one_pair_per_position"),
            models.UniqueConstraint(
                fields=["snapshot", "preference"], name="one_pair_per_preference"
            ),
            models.CheckConstraint(condition=Q(split__in=Split.values), name="split_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.snapshot_id} #{self.position}"
