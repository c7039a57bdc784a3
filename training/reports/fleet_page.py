"""Reads for the page of workers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from training.models import Attempt, Run, Worker
from training.runs.order import in_order, startable
from training.runs.placement import Fleet
from training.runs.workers import live_workers


@dataclass(frozen=True, kw_only=True)
class CardRow:
    device: dict[str, Any]
    share: float | None  # of its time in use; None where its driver does not tell
    used_mib: int | None
    shared_with: list[str]  # other workers that are there and have the same card


@dataclass(frozen=True, kw_only=True)
class WorkerRow:
    worker: Worker
    is_alive: bool
    state: str  # idle, busy, draining, drained or gone
    busy_since: datetime | None
    processor: dict[str, Any]
    cards: list[CardRow]

    @property
    def has_more_tasks_than_cores(self) -> bool:
        load, cores = self.worker.load.get("load_average"), self.processor.get("cores")
        return load is not None and cores is not None and load > cores


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
        rows=[
            _row(worker, alive=[one for one in workers if one.pk in alive]) for worker in workers
        ],
        waiting=[
            WaitingRow(run=run, place=place, why=fleet.why_not(run))
            for place, run in enumerate(queue[:MOST_WAITING], start=1)
        ],
        n_waiting=queue.count(),
    )


def _row(worker: Worker, *, alive: Sequence[Worker]) -> WorkerRow:
    open_one = Attempt.objects.filter(run=worker.run, worker=worker.name, ended_at=None).first()
    processors = [device for device in worker.devices if device["kind"] == "cpu"]
    return WorkerRow(
        worker=worker,
        is_alive=worker in alive,
        state=_state(worker, is_alive=worker in alive),
        busy_since=open_one.started_at if worker.run and open_one else None,
        processor=processors[0] if processors else {},
        cards=_cards(worker, [other for other in alive if other != worker]),
    )


def _cards(worker: Worker, others: Sequence[Worker]) -> list[CardRow]:
    """Each with its load, which is told in the same order, once the worker has told it."""
    cards: list[dict[str, Any]] = [one for one in worker.devices if one["kind"] == "cuda"]
    loads: list[dict[str, Any]] = worker.load.get("gpus", [])
    untold: list[dict[str, Any]] = [{}] * max(0, len(cards) - len(loads))
    return [
        CardRow(
            device=card,
            share=load.get("share"),
            used_mib=load.get("memory_mib"),
            shared_with=[other.name for other in others if _has(other, card)],
        )
        for card, load in zip(cards, [*loads, *untold], strict=False)
    ]


def _has(worker: Worker, card: dict[str, Any]) -> bool:
    uuid = card.get("uuid")
    return bool(uuid) and any(device.get("uuid") == uuid for device in worker.devices)


def _state(worker: Worker, *, is_alive: bool) -> str:
    if not is_alive:
        return "gone"
    if worker.drained_at is not None:
        return "draining" if worker.run else "drained"
    return "busy" if worker.run else "idle"
