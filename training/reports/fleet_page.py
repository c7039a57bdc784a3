"""Reads for the page of workers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from training.models import Attempt, Run, Worker
from training.runs.order import in_order, startable
from training.runs.placement import Fleet
from training.runs.workers import live_workers


@dataclass(frozen=True, kw_only=True)
class WorkerRow:
    worker: Worker
    is_alive: bool
    state: str  # idle, busy, draining, drained or gone
    busy_since: datetime | None
    memory_share: float | None  # of the machine's, in use


@dataclass(frozen=True, kw_only=True)
class WaitingRow:
    run: Run
    place: int
    why: str  # no worker takes it; empty where one will


@dataclass(frozen=True, kw_only=True)
class FleetPage:
    rows: list[WorkerRow]
    waiting: list[WaitingRow]
    n_waiting: int


MOST_WAITING = 20


def fleet_page() -> FleetPage:
    alive = set(live_workers().values_list("pk", flat=True))
    workers = list(Worker.objects.select_related("run", "drained_by").order_by("name"))
    queue = in_order(startable())
    fleet = Fleet.now()
    return FleetPage(
        rows=[_row(worker, is_alive=worker.pk in alive) for worker in workers],
        waiting=[
            WaitingRow(run=run, place=place, why=fleet.why_not(run))
            for place, run in enumerate(queue[:MOST_WAITING], start=1)
        ],
        n_waiting=queue.count(),
    )


def _row(worker: Worker, *, is_alive: bool) -> WorkerRow:
    open_one = Attempt.objects.filter(run=worker.run, worker=worker.name, ended_at=None).first()
    return WorkerRow(
        worker=worker,
        is_alive=is_alive,
        state=_state(worker, is_alive=is_alive),
        busy_since=open_one.started_at if worker.run and open_one else None,
        memory_share=_memory_share(worker),
    )


def _state(worker: Worker, *, is_alive: bool) -> str:
    if not is_alive:
        return "gone"
    if worker.drained_at is not None:
        return "draining" if worker.run else "drained"
    return "busy" if worker.run else "idle"


def _memory_share(worker: Worker) -> float | None:
    used = worker.load.get("memory_mib")
    processors: list[dict[str, Any]] = [one for one in worker.devices if one["kind"] == "cpu"]
    total = processors[0].get("memory_mib") if processors else None
    return used / total if used is not None and total else None
