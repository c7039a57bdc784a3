"""On which prompts models may be measured: those that nothing behind them was trained on.

Whoever lets figures, votes or judges speak about checkpoints asks here: evaluations, comparisons,
gates and proposals by the snapshot that was measured on, arenas by the share of all prompts that
they draw from, and outcomes of single prompts by the prompts themselves.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from django.db.models import Q

from annotate.models import Project
from training.lineage.behind import learnt_from
from training.models import Checkpoint, Evaluation, Installation, Snapshot, SnapshotPair, Split

ASKED_AT_ONCE = 500  # prompts


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """A share of all prompts, drawn by one salt: a smaller share is a part of a larger one."""

    share: float = 1.0
    salt: str = ""  # empty where nothing was trained here

    @classmethod
    def by(cls, *checkpoints: Checkpoint) -> Self:
        """What all training behind these held out, and that of the models that rewarded it."""
        return cls.of(learnt_from(*checkpoints))

    @classmethod
    def of(cls, snapshots: Iterable[Snapshot]) -> Self:
        """What all of these hold out: nothing where they were drawn by different salts."""
        drawn = {(snapshot.split_salt, snapshot.eval_share) for snapshot in snapshots}
        salts = {salt for salt, _share in drawn}
        if not salts:
            return cls()
        share = min(share for _salt, share in drawn) if len(salts) == 1 else 0.0
        return cls(share=share, salt=min(salts))

    def covers(self, snapshot: Snapshot | None) -> bool:
        """Whether all that a snapshot holds out was held out from them, too."""
        if not self.salt:
            return True
        if snapshot is None:
            return False
        return snapshot.split_salt == self.salt and snapshot.eval_share <= self.share

    def snapshots(self, prefix: str = "") -> Q:
        """Those that it covers, as a condition on rows that `prefix` leads to a snapshot from."""
        if not self.salt:
            return Q()
        return Q(**{f"{prefix}split_salt": self.salt, f"{prefix}eval_share__lte": self.share})

    @property
    def share_as_drawn_now(self) -> float:
        """Of prompts as this installation draws them: none where it was by another salt."""
        if not self.salt:
            return 1.0
        is_ours = Installation.objects.filter(pk=1, split_salt=self.salt).exists()
        return self.share if is_ours else 0.0


def share_held_out(origin: str) -> float | None:
    """As arenas ask: an origin is a checkpoint's digest, or a model of which nothing is known."""
    checkpoints = list(Checkpoint.objects.filter(digest=origin))
    return HeldOut.by(*checkpoints).share_as_drawn_now if checkpoints else None


def partial_judges(evaluations: Sequence[Evaluation]) -> dict[int, list[Checkpoint]]:
    """By evaluation the reward models that were trained on prompts which it holds out."""
    held_out: dict[int, HeldOut] = {}
    partial: dict[int, list[Checkpoint]] = {}
    for evaluation in evaluations:
        judges = list(evaluation.run.reward_models.all())
        for judge in judges:
            if judge.pk not in held_out:
                held_out[judge.pk] = HeldOut.by(judge)
        partial[evaluation.pk] = [
            judge for judge in judges if not held_out[judge.pk].covers(evaluation.snapshot)
        ]
    return partial


def prompts_trained_on(digests: Iterable[str], *checkpoints: Checkpoint) -> set[str]:
    """Those prompts, by digest, that training behind one of them had, of whatever project."""
    snapshots = {snapshot.pk for snapshot in learnt_from(*checkpoints)}
    projects = set(Project.objects.filter(snapshots__in=snapshots).values_list("pk", flat=True))
    found: set[str] = set()
    for asked in _parts(sorted(digests)) if snapshots else ():
        pairs = SnapshotPair.objects.filter(
            snapshot__in=snapshots,
            split=Split.TRAIN,
            preference__comparison__prompt__project__in=projects,
            preference__comparison__prompt__digest__in=asked,
        )
        found |= set(pairs.values_list("preference__comparison__prompt__digest", flat=True))
    return found


def _parts(digests: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(digests), ASKED_AT_ONCE):
        yield digests[start : start + ASKED_AT_ONCE]
