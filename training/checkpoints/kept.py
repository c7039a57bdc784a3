"""Which trained weights are kept, which would be deleted, and deleting them.

A checkpoint whose files were deleted stays a row, with its digest, figures and lineage, that says
when they went; of one that its run could be resumed from, the row goes as well. A base that lies
on this machine is never touched.
"""

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotate.models import User
from training.access.audit import record_act
from training.checkpoints.bonds import bonds
from training.checkpoints.dropping import drop
from training.models import ENDED_BADLY, Checkpoint, Evaluation, Retention, RunState

GIB = 1024**3
MOST_KEPT = MOST_DAYS = 2**15 - 1  # that the columns hold
MOST_GIB = 2**31 - 1
YOUNG = timedelta(hours=24)  # nobody has had the time to look at it

NEWEST = _("among the newest of its kind")
BEST = _("among the best of its snapshot")
NEW = _("made within the last day")
RESUMABLE = _("its run can be resumed from it")
BENEATH = _("what is kept was trained from it, and is measured against it")
WITHIN = _("there is space for it")


@dataclass(frozen=True)
class Fate:
    """A checkpoint that is kept, and why; or without a reason, one that would be deleted."""

    checkpoint: Checkpoint
    why_kept: str | Promise = ""


@dataclass(frozen=True)
class Preview:
    """What would become of each checkpoint now, the oldest first."""

    fates: Sequence[Fate]

    @property
    def deleted(self) -> list[Checkpoint]:
        return [fate.checkpoint for fate in self.fates if not fate.why_kept]

    @property
    def going(self) -> list[Checkpoint]:
        """In the order in which they go: nothing before what was trained from it."""
        return self.deleted[::-1]

    @property
    def kept(self) -> list[Fate]:
        return [fate for fate in self.fates if fate.why_kept]

    @property
    def bytes_freed(self) -> int:
        return _bytes_of(self.deleted) - _bytes_shared(self.deleted, self.kept)

    @property
    def bytes_in_all(self) -> int:
        return _bytes_of([fate.checkpoint for fate in self.fates])


def rules() -> Retention:
    return Retention.objects.filter(pk=1).first() or Retention(pk=1)


@transaction.atomic
def change_rules(*, changed_by: User | None = None, **fields: Any) -> Retention:
    """Keep other rules from now on; nothing is deleted by that alone."""
    found, _is_new = Retention.objects.update_or_create(pk=1, defaults=fields)
    record_act(user=changed_by, action="retention.change", target=found, after=fields)
    return found


def preview(kept_by: Retention) -> Preview:
    """By these rules, whether or not they are those that hold."""
    candidates = list(_candidates().select_related("run").order_by("created_at", "pk"))
    why: dict[int, str | Promise] = {}
    for reason, pks in _reasons(kept_by, candidates):
        for pk in pks:
            why.setdefault(pk, reason)
    _keep_what_lies_beneath(candidates, why)
    _keep_what_there_is_space_for(candidates, why, kept_by.most_gib)
    return Preview([Fate(one, why.get(one.pk, "")) for one in candidates])


def _reasons(
    kept_by: Retention, candidates: Sequence[Checkpoint]
) -> Iterator[tuple[str | Promise, Iterable[int]]]:
    """Each with the keys of what it keeps; the first that holds is told."""
    yield from bonds(kept_by)
    yield NEW, _young()
    yield RESUMABLE, _resumable(kept_by.resumable_days)
    yield NEWEST, _newest(candidates, kept_by.keep_newest)
    yield BEST, _best(kept_by.keep_best)


def delete_now(*, only: Collection[uuid.UUID] | None = None, by: User | None = None) -> int:
    """Delete the files of what the rules do not keep; how many checkpoints' files went.

    Args:
        only: those that somebody has seen in a preview; nothing else goes.
    """
    now_kept_by = rules()
    going = preview(now_kept_by).going  # killed in between, nothing that stays lacks its base
    chosen = [one for one in going if only is None or one.public_id in only]
    return sum(drop(checkpoint, now_kept_by, by=by) for checkpoint in chosen)


def delete_by_itself() -> None:
    """What the scheduler asks for, where the rules say so."""
    if rules().is_automatic:
        delete_now()


def _candidates() -> QuerySet[Checkpoint]:
    """What runs have put into the artifact store, whose files are there.

    What a run that succeeded could have been resumed from goes by itself, whatever the rules.
    """
    of_success = Q(is_final=False, run__state=RunState.SUCCEEDED)
    stored = Checkpoint.objects.filter(is_local=False, run__isnull=False, dropped_at=None)
    return stored.exclude(of_success)


def _young() -> set[int]:
    return set(Checkpoint.objects.filter(created_at__gt=Now() - YOUNG).values_list("pk", flat=True))


def _resumable(days: int | None) -> set[int]:
    """Of runs that ended badly, within so many days; None is for ever."""
    of_runs = Checkpoint.objects.filter(is_final=False, run__state__in=ENDED_BADLY)
    if days is not None:
        of_runs = of_runs.filter(run__finished_at__gt=Now() - timedelta(days=days))
    return set(of_runs.values_list("pk", flat=True))


def _newest(candidates: Sequence[Checkpoint], n_kept: int) -> set[int]:
    kept: dict[str, list[int]] = {}
    for checkpoint in reversed([one for one in candidates if one.is_final]):
        of_kind = kept.setdefault(checkpoint.kind, [])
        if len(of_kind) < n_kept:
            of_kind.append(checkpoint.pk)
    return {pk for of_kind in kept.values() for pk in of_kind}


def _best(n_kept: int) -> set[int]:
    """Of those that are there, by held-out accuracy, the newest measurement of each on each
    snapshot.
    """
    found: dict[tuple[int, str], dict[int, float]] = {}
    there = Evaluation.objects.filter(checkpoint__dropped_at=None, snapshot__isnull=False)
    rows = there.order_by("recorded_at", "pk")
    for pk, kind, snapshot, accuracy in rows.values_list(
        "checkpoint", "checkpoint__kind", "snapshot", "figures__accuracy__value"
    ):
        if accuracy is not None and snapshot is not None:
            found.setdefault((snapshot, kind), {})[pk] = accuracy
    return {
        pk
        for measured in found.values()
        for pk in sorted(measured, key=lambda one: (-measured[one], -one))[:n_kept]
    }


def _keep_what_lies_beneath(
    candidates: Sequence[Checkpoint], why: dict[int, str | Promise]
) -> None:
    """Young ones are measured against old ones, so each is asked after what came of it."""
    for checkpoint in reversed(candidates):
        base = _base_of(checkpoint)
        if checkpoint.pk in why and base is not None:
            why.setdefault(base, BENEATH)


def _keep_what_there_is_space_for(
    candidates: Sequence[Checkpoint], why: dict[int, str | Promise], most_gib: int | None
) -> None:
    """With a limit, the oldest go first, and only until the rest fits; never one whose children
    stay.
    """
    if most_gib is None:
        return
    left = _Left(candidates)
    free = [checkpoint for checkpoint in candidates if checkpoint.pk not in why]
    while left.n_bytes > most_gib * GIB:
        oldest = next((one for one in free if not left.has_children(one)), None)
        if oldest is None:
            return
        free.remove(oldest)
        left.take_away(oldest)
    for checkpoint in free:
        why[checkpoint.pk] = WITHIN


class _Left:
    """What is still in the store, while one after the other is thought away."""

    def __init__(self, candidates: Sequence[Checkpoint]) -> None:
        self.n_bytes = _bytes_of(candidates)
        self._folders = Counter(checkpoint.folder for checkpoint in candidates)
        self._children = Counter(map(_base_of, candidates))

    def has_children(self, checkpoint: Checkpoint) -> bool:
        return self._children[checkpoint.pk] > 0

    def take_away(self, checkpoint: Checkpoint) -> None:
        self._children[_base_of(checkpoint)] -= 1
        self._folders[checkpoint.folder] -= 1
        if not self._folders[checkpoint.folder]:  # equal weights lie in the store once
            self.n_bytes -= checkpoint.size_bytes


def _base_of(checkpoint: Checkpoint) -> int | None:
    return checkpoint.run.base_id if checkpoint.run else None


def _bytes_of(checkpoints: Sequence[Checkpoint]) -> int:
    """Equal weights lie in the store once."""
    return sum({one.folder: one.size_bytes for one in checkpoints}.values())


def _bytes_shared(deleted: Sequence[Checkpoint], kept: Sequence[Fate]) -> int:
    folders = {fate.checkpoint.folder for fate in kept}
    return _bytes_of([one for one in deleted if one.folder in folders])
