"""Which trained weights are kept, which would be deleted, and deleting them.

A checkpoint whose files were deleted stays a row, with its digest, figures and lineage, that says
when they went. A base that lies on this machine is never touched.
"""

import uuid
from collections.abc import Collection, Sequence
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
from training.artifacts.store import remove_directory
from training.models import (
    Checkpoint,
    Evaluation,
    Proposal,
    ProposalState,
    Retention,
    Run,
    RunState,
)

GIB = 1024**3
YOUNG = timedelta(hours=24)  # nobody has had the time to look at it
UNFINISHED = (RunState.QUEUED, RunState.RUNNING)

IN_USE = _("named or proposed, or was in use once: it can be gone back to")
WANTED = _("a run that is waiting or running needs it")
NEWEST = _("among the newest of its kind")
BEST = _("among the best of its snapshot")
NEW = _("made within the last day")
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
    for pks, reason in (
        (_in_use(), IN_USE),
        (_wanted(), WANTED),
        (_young(), NEW),
        (_newest(candidates, kept_by.keep_newest), NEWEST),
        (_best(kept_by.keep_best), BEST),
    ):
        for pk in pks:
            why.setdefault(pk, reason)
    _keep_what_lies_beneath(candidates, why)
    _keep_what_there_is_space_for(candidates, why, kept_by.most_gib)
    return Preview([Fate(one, why.get(one.pk, "")) for one in candidates])


def delete_now(*, only: Collection[uuid.UUID] | None = None, by: User | None = None) -> int:
    """Delete the files of what the rules do not keep; how many checkpoints' files went.

    Args:
        only: those that somebody has seen in a preview; nothing else goes.
    """
    n_deleted = 0
    for checkpoint in preview(rules()).deleted:
        if only is None or checkpoint.public_id in only:
            n_deleted += _delete(checkpoint, by=by)
    return n_deleted


def delete_by_itself() -> None:
    """What the scheduler asks for, where the rules say so."""
    if rules().is_automatic:
        delete_now()


def _delete(checkpoint: Checkpoint, *, by: User | None) -> bool:
    with transaction.atomic():
        # A run that is being queued on it, or who names it, holds this row, or finds them gone.
        held = Checkpoint.objects.select_for_update().filter(pk=checkpoint.pk, dropped_at=None)
        if not held.exists() or checkpoint.pk in _wanted() | _in_use():
            return False
        Checkpoint.objects.filter(pk=checkpoint.pk).update(dropped_at=Now())
        record_act(user=by, action="checkpoint.drop", target=checkpoint)
    # A run that goes on may be storing the very same weights again; `leftovers` looks later.
    is_quiet = not Run.objects.filter(state=RunState.RUNNING).exists()
    if is_quiet and not _candidates().filter(folder=checkpoint.folder).exists():
        remove_directory(checkpoint.folder, checkpoint.manifest)
    return True


def _candidates() -> QuerySet[Checkpoint]:
    """Results of runs in the artifact store, whose files are there."""
    return Checkpoint.objects.filter(
        is_final=True, is_local=False, run__isnull=False, dropped_at=None
    )


def _in_use() -> set[int]:
    """Whatever has or had a name, and what somebody has proposed and nobody has decided on."""
    named = Q(aliases__isnull=False)
    proposed = Proposal.objects.filter(state=ProposalState.OPEN)
    is_proposed = Q(pk__in=proposed.values("checkpoint")) | Q(pk__in=proposed.values("rival"))
    return set(Checkpoint.objects.filter(named | is_proposed).values_list("pk", flat=True))


def _wanted() -> set[int]:
    """What runs that are not over read, or will: also the results that they start after."""
    runs = Run.objects.filter(state__in=UNFINISHED)
    start = Checkpoint.objects.filter(pk__in=runs.values("base"))
    wanted = Checkpoint.objects.filter(
        Q(pk__in=start)
        | Q(pk__in=start.values("run__base"))  # what is measured is measured against it
        | Q(pk__in=runs.values("against"))
        | Q(pk__in=runs.values("reward_models"))
        | Q(run__in=runs.values("after"))
    )
    return set(wanted.values_list("pk", flat=True))


def _young() -> set[int]:
    return set(Checkpoint.objects.filter(created_at__gt=Now() - YOUNG).values_list("pk", flat=True))


def _newest(candidates: Sequence[Checkpoint], n_kept: int) -> set[int]:
    kept: dict[str, list[int]] = {}
    for checkpoint in reversed(candidates):
        of_kind = kept.setdefault(checkpoint.kind, [])
        if len(of_kind) < n_kept:
            of_kind.append(checkpoint.pk)
    return {pk for of_kind in kept.values() for pk in of_kind}


def _best(n_kept: int) -> set[int]:
    """By held-out accuracy, the newest measurement of each on each snapshot."""
    found: dict[tuple[int, str], dict[int, float]] = {}
    rows = Evaluation.objects.exclude(snapshot=None).order_by("recorded_at", "pk")
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
        if checkpoint.pk in why and checkpoint.run is not None and checkpoint.run.base_id:
            why.setdefault(checkpoint.run.base_id, BENEATH)


def _keep_what_there_is_space_for(
    candidates: Sequence[Checkpoint], why: dict[int, str | Promise], most_gib: int | None
) -> None:
    """With a limit, the oldest go first, and only until the rest fits."""
    if most_gib is None:
        return
    left = _bytes_of(candidates)
    for checkpoint in candidates:
        if checkpoint.pk in why:
            continue
        if left <= most_gib * GIB:
            why[checkpoint.pk] = WITHIN
        else:
            left -= checkpoint.size_bytes


def _bytes_of(checkpoints: Sequence[Checkpoint]) -> int:
    """Equal weights lie in the store once."""
    return sum({one.folder: one.size_bytes for one in checkpoints}.values())


def _bytes_shared(deleted: Sequence[Checkpoint], kept: Sequence[Fate]) -> int:
    folders = {fate.checkpoint.folder for fate in kept}
    return _bytes_of([one for one in deleted if one.folder in folders])
