"""The training desk's front page, and its long lists."""

from dataclasses import dataclass

from django.db.models import QuerySet

from annotate.models import User
from training.access.permissions import visible_checkpoints, visible_runs, visible_snapshots
from training.models import Checkpoint, Run, RunState, Snapshot, Worker, with_is_champion
from training.reports.run_status import UNFINISHED, RunStatus, run_status
from training.runs.order import in_order, places_in_queue
from training.runs.workers import live_workers

RECENT = 5


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The training desk's front page."""

    unfinished: list[tuple[Run, RunStatus]]
    recent: list[Run]
    snapshots: list[Snapshot]
    checkpoints: list[Checkpoint]
    workers: list[tuple[Worker, Run | None]]  # with what it does, as far as the reader sees it


def desk(user: User) -> Desk:
    runs = visible_runs(user).select_related("snapshot", "base", "after")
    checkpoints = with_is_champion(visible_checkpoints(user)).filter(is_final=True)
    checkpoints = checkpoints.order_by("-created_at", "-pk")
    unfinished = [
        *runs.filter(state=RunState.RUNNING).order_by("started_at", "pk"),
        *in_order(runs.filter(state=RunState.QUEUED)),
    ]
    places = places_in_queue()
    return Desk(
        unfinished=[(run, run_status(run, places)) for run in unfinished],
        recent=list(runs.exclude(state__in=UNFINISHED).order_by("-finished_at", "-pk")[:RECENT]),
        snapshots=list(visible_snapshots(user).order_by("-frozen_at", "-pk")[:RECENT]),
        checkpoints=list(checkpoints[:RECENT]),
        workers=_workers(user),
    )


def _workers(user: User) -> list[tuple[Worker, Run | None]]:
    workers = list(live_workers().order_by("name"))
    seen = visible_runs(user).in_bulk({one.run_id for one in workers if one.run_id is not None})
    return [(worker, seen.get(worker.run_id)) for worker in workers]


def run_list(user: User) -> QuerySet[Run]:
    """Every run that the user may see, the newest first."""
    runs = visible_runs(user).select_related("snapshot", "base", "after", "project", "requested_by")
    return runs.order_by("-queued_at", "-pk")


def snapshot_list(user: User) -> QuerySet[Snapshot]:
    snapshots = visible_snapshots(user).prefetch_related("projects")
    return snapshots.order_by("-frozen_at", "-pk")


def checkpoint_list(user: User) -> QuerySet[Checkpoint]:
    """Bases and results; checkpoints that runs could be resumed from are shown with their run."""
    checkpoints = with_is_champion(visible_checkpoints(user)).filter(is_final=True)
    return checkpoints.select_related("run__snapshot", "run__base").order_by("-created_at", "-pk")
