"""What is compared: runs and checkpoints, each under a letter and a colour of its own."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from annotate.models import User
from training.access.permissions import visible_checkpoints, visible_evaluations, visible_runs
from training.errors import CompareRefused, NotFound
from training.models import Checkpoint, CheckpointKind, Evaluation, Run, RunKind, RunState

MOST_COMPARED = 8
MOST_EVALUATIONS = 10  # of a checkpoint, the newest
MOST_OFFERED = 50  # runs, and as many bases
UNFINISHED = (RunState.QUEUED, RunState.RUNNING)
HEAVY = ("run__log", "run__preflight", "checkpoint__manifest", "checkpoint__run__log")


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One of them. A base has no run; a run may have no checkpoint yet."""

    tone: int  # from 1: which of the stylesheet's line colours and dashes
    run: Run | None
    checkpoint: Checkpoint | None
    evaluations: tuple[Evaluation, ...]  # that the reader may see, the newest first

    @property
    def letter(self) -> str:
        return ascii_uppercase[self.tone - 1]

    @property
    def name(self) -> str:
        return str(self.run or self.checkpoint)

    @property
    def is_unfinished(self) -> bool:
        return self.run is not None and self.run.state in UNFINISHED

    @property
    def evaluation(self) -> Evaluation | None:
        return self.evaluations[0] if self.evaluations else None

    @property
    def query(self) -> tuple[str, str]:
        """How a link names it."""
        if self.run is not None and (self.checkpoint is None or self.checkpoint.is_final):
            return "run", str(self.run.public_id)
        return "checkpoint", str(self.checkpoint.public_id if self.checkpoint else "")


def compared(
    user: User, *, runs: Sequence[uuid.UUID], checkpoints: Sequence[uuid.UUID]
) -> list[Compared]:
    """These runs, then these checkpoints; what is named twice, or with its run, stands once.

    Raises: NotFound where the user may not see one; CompareRefused.
    """
    found_runs = {run.public_id: run for run in _runs(user, runs)}
    found_checkpoints = {one.public_id: one for one in _checkpoints(user, checkpoints)}
    for field, wanted, found in (
        ("run", runs, set(found_runs)),
        ("checkpoint", checkpoints, set(found_checkpoints)),
    ):
        for public_id in wanted:
            if public_id not in found:
                raise NotFound(_("There is no such thing here."), field=field, value=str(public_id))
    pairs: list[tuple[Run | None, Checkpoint | None]] = [
        _of_run(found_runs[public_id]) for public_id in runs
    ]
    pairs += [_of_checkpoint(found_checkpoints[public_id]) for public_id in checkpoints]
    once = list(dict.fromkeys(pairs))
    if len(once) > MOST_COMPARED:
        raise CompareRefused(
            _("At most %(most)d can be compared at once, not %(n)d.")
            % {"most": MOST_COMPARED, "n": len(once)},
            field="run",
            value=len(once),
        )
    return [
        Compared(
            tone=tone,
            run=run,
            checkpoint=checkpoint,
            evaluations=_evaluations(user, checkpoint) if checkpoint else (),
        )
        for tone, (run, checkpoint) in enumerate(once, start=1)
    ]


def offered(user: User) -> tuple[list[Run], list[Checkpoint]]:
    """The newest training runs, and the bases that were brought along, to choose from."""
    runs = visible_runs(user).filter(kind=RunKind.TRAIN).select_related("snapshot")
    runs = runs.defer("log", "preflight")
    bases = visible_checkpoints(user).filter(kind=CheckpointKind.BASE)
    return (
        list(runs.order_by("-queued_at", "-pk")[:MOST_OFFERED]),
        list(bases.order_by("-created_at", "-pk")[:MOST_OFFERED]),
    )


def _of_run(run: Run) -> tuple[Run, Checkpoint | None]:
    if run.kind != RunKind.TRAIN:
        raise CompareRefused(
            _("“%(name)s” trained nothing: only training runs and checkpoints are compared.")
            % {"name": run},
            field="run",
            value=str(run.public_id),
        )
    return run, next(iter(run.checkpoints.all()), None)


def _of_checkpoint(checkpoint: Checkpoint) -> tuple[Run | None, Checkpoint]:
    """With the run that trained it. Every lead sees a merged base, but not what merged it."""
    return (None if checkpoint.kind == CheckpointKind.BASE else checkpoint.run), checkpoint


def _runs(user: User, ids: Sequence[uuid.UUID]) -> list[Run]:
    final = Prefetch("checkpoints", Checkpoint.objects.filter(is_final=True))
    rows = visible_runs(user).filter(public_id__in=ids).defer("log", "preflight")
    return list(rows.select_related("snapshot", "base", "after").prefetch_related(final))


def _checkpoints(user: User, ids: Sequence[uuid.UUID]) -> list[Checkpoint]:
    rows = visible_checkpoints(user).filter(public_id__in=ids)
    return list(rows.select_related("run__snapshot", "run__base", "run__after"))


def _evaluations(user: User, checkpoint: Checkpoint) -> tuple[Evaluation, ...]:
    rows = visible_evaluations(user).filter(checkpoint=checkpoint).defer(*HEAVY)
    rows = rows.select_related("run", "snapshot", "checkpoint__run")
    return tuple(rows.order_by("-recorded_at", "-pk")[:MOST_EVALUATIONS])
