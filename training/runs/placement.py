"""Which worker may take which run: by its devices, by their memory, and whether it is drained."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from training.models import Run, RunState, Worker
from training.runs.needs import Needs
from training.runs.workers import live_workers

MIB_IN_GIB = 1024


@dataclass(frozen=True)
class Fleet:
    """The workers that are there now and take runs."""

    workers: Sequence[Worker]

    @classmethod
    def now(cls) -> "Fleet":
        return cls(list(live_workers().filter(drained_at=None).order_by("name")))

    def may_take(self, worker: Worker, needs: Needs) -> bool:
        """Whether the worker could do it, and nobody else should.

        A run that would take a GPU if there is one leaves workers without alone while a worker
        with one is there.
        """
        if not can_do(worker, needs):
            return False
        if needs.device != "auto" or _cards(worker):
            return True
        return not any(_cards(other) and can_do(other, needs) for other in self.workers)

    def why_not(self, run: Run) -> str:
        """Why no worker that is there takes a waiting run; empty where one does, or none is."""
        needs = Needs.from_json(run.needs)
        able = [worker for worker in self.workers if can_do(worker, needs)]
        if run.state != RunState.QUEUED or able or not self.workers:
            return ""
        if self._wants_more_cards(needs):
            return ngettext(
                "It waits for a worker with a GPU: none that is there has one.",
                "It waits for a worker with %(n)d GPUs: none that is there has as many.",
                needs.n_devices,
            ) % {"n": needs.n_devices}
        largest = max((_memory(worker, needs) or 0 for worker in self.workers), default=0)
        return _(
            "It waits for a worker with more memory: its weights and the optimizer alone take "
            "%(needed)s GiB, and the largest worker that is there has %(largest)s GiB."
        ) % {"needed": _gib(needs.memory_mib), "largest": _gib(largest)}

    def _wants_more_cards(self, needs: Needs) -> bool:
        """Whether cards are what is missing: where there are none, `auto` takes the processor."""
        n_cards = [len(_cards(worker)) for worker in self.workers]
        if needs.device == "cpu" or max(n_cards) >= needs.n_devices:
            return False
        return needs.device == "cuda" or any(n_cards)


def can_do(worker: Worker, needs: Needs) -> bool:
    """Whether its devices are of the kind, as many, and large enough; unknown sizes are."""
    cards = _cards(worker)
    if needs.device == "cuda" and not cards:
        return False
    if needs.device != "cpu" and cards and len(cards) < needs.n_devices:
        return False
    memory = _memory(worker, needs)
    return memory is None or memory >= needs.memory_mib


def _memory(worker: Worker, needs: Needs) -> int | None:
    """Of the devices that it would use there, in MiB."""
    cards = [] if needs.device == "cpu" else _cards(worker)[: needs.n_devices]
    used = cards or [device for device in worker.devices if device.get("kind") == "cpu"]
    return _sum(device.get("memory_mib") for device in used)


def _cards(worker: Worker) -> list[dict[str, Any]]:
    return [device for device in worker.devices if device.get("kind") == "cuda"]


def _sum(sizes: Iterable[int | None]) -> int | None:
    """None unless each is known, and there is one."""
    found = list(sizes)
    known = [size for size in found if size is not None]
    return sum(known) if known and len(known) == len(found) else None


def _gib(mib: int) -> str:
    return f"{mib / MIB_IN_GIB:.1f}"
