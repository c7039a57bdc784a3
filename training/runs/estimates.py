"""What a training run will take, from what earlier ones on the same worker took.

Steps and tokens follow from the snapshot and the settings. The time is a fixed part, the median of
the nearest earlier runs, and a rate for each token and weight, theirs as well. How far to trust it
is asked of the same runs: each is estimated from the others, and the range of those errors is the
range that is told.
"""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from statistics import median
from typing import Any, Self

from alignment_core.configs import METHODS
from training.artifacts.store import artifact_store
from training.models import MACHINE, Run, RunKind, RunMetric, RunState, Snapshot, Worker
from training.runs.needs import Needs, first_checkpoint, weights_of
from training.runs.placement import Fleet, can_do

logger = logging.getLogger(__name__)

MOST_READ, NEAREST, FEWEST_FOR_ERROR = 40, 5, 3
BYTES_PER_TOKEN = 4  # of a snapshot's lines, where no run has counted its tokens yet
PHASE_THAT_IS_FIXED = "prepare"


@dataclass(frozen=True, kw_only=True)
class Estimate:
    worker: str
    steps: int
    tokens: int
    memory_mib: int | None = None
    seconds: float | None = None  # None where nothing like it has ended on this worker yet
    low: float | None = None  # None where too few have, to say how far off it may be
    high: float | None = None
    n_runs: int = 0  # that it rests on

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Without what a later version may have kept beside it."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much work a run is."""

    method: str
    steps: int
    tokens: int
    n_weights: int
    held_mib: int  # by weights and optimizer alone

    @property
    def work(self) -> float:
        return float(max(1, self.tokens) * max(1, self.n_weights))


@dataclass(frozen=True, kw_only=True)
class Past:
    """What a run that ended well took."""

    size: Size
    seconds: float  # from its claim to its end
    scaled: float  # of those, what grew with the work
    peak_mib: float

    @property
    def fixed(self) -> float:
        return max(0.0, self.seconds - self.scaled)


def estimates_of(run: Run) -> list[Estimate]:
    """One for each worker that is there and could do it; without any, steps and tokens alone.

    There is none of a snapshot whose file cannot be looked at now: that is for the run to say.
    """
    if run.kind != RunKind.TRAIN or run.snapshot is None:
        return []
    try:
        size = size_of(run)
    except OSError:
        logger.warning("The file of snapshot %s cannot be looked at", run.snapshot, exc_info=True)
        return []
    needs, fleet = Needs.from_json(run.needs), Fleet.now()
    able = [worker for worker in fleet.workers if can_do(worker, needs)]
    able.sort(key=lambda worker: not fleet.may_take(worker, needs))
    if not able:
        return [Estimate(worker="", steps=size.steps, tokens=size.tokens)]
    return [_on(worker, size) for worker in able]


def size_of(run: Run) -> Size:
    """Before it ran: by its settings, its snapshot, and what was counted of that before."""
    settings, snapshot = run.settings, run.snapshot
    if snapshot is None:
        raise ValueError("only what trains on a snapshot has a size")
    n_records, tokens_each = _counted(run.method, snapshot)
    start = first_checkpoint(run)
    return Size(
        method=run.method,
        steps=settings["epochs"] * math.ceil(n_records / settings["batch_size"]),
        tokens=round(n_records * settings["epochs"] * _tokens(run.method, settings, tokens_each)),
        n_weights=weights_of(start) if start else 0,
        held_mib=Needs.from_json(run.needs).memory_mib,
    )


def from_past(size: Size, past: Sequence[Past], *, worker: str) -> Estimate:
    """The estimate that earlier runs of a worker give, with the range of their own errors."""
    near = sorted(past, key=lambda one: _distance(size, one.size))[:NEAREST]
    if not near:
        return Estimate(
            worker=worker, steps=size.steps, tokens=size.tokens, memory_mib=size.held_mib or None
        )
    seconds = _predicted(size, near)
    errors = [
        one.seconds / _predicted(one.size, [other for other in near if other is not one])
        for one in near
        if len(near) >= FEWEST_FOR_ERROR
    ]
    extra = median(max(0.0, one.peak_mib - one.size.held_mib) for one in near)
    return Estimate(
        worker=worker,
        steps=size.steps,
        tokens=size.tokens,
        memory_mib=round(size.held_mib + extra),
        seconds=round(seconds, 1),
        low=round(seconds * min(1.0, *errors), 1) if errors else None,
        high=round(seconds * max(1.0, *errors), 1) if errors else None,
        n_runs=len(near),
    )


def _on(worker: Worker, size: Size) -> Estimate:
    return from_past(size, _past_of(worker.name), worker=worker.name)


def _predicted(size: Size, past: Sequence[Past]) -> float:
    rate = median(one.scaled / one.size.work for one in past)
    return max(1e-3, median(one.fixed for one in past) + rate * size.work)


def _distance(size: Size, other: Size) -> tuple[bool, bool, float]:
    """The same method first, then one that learns from the same, then of about as much work."""
    return (
        other.method != size.method,
        METHODS[other.method].learns_from != METHODS[size.method].learns_from,
        abs(math.log(other.work / size.work)),
    )


def _past_of(worker: str) -> list[Past]:
    ended = Run.objects.filter(
        kind=RunKind.TRAIN, state=RunState.SUCCEEDED, worker=worker, attempt=1
    ).exclude(summary=None)
    runs = list(
        ended.select_related("base__lies_over", "snapshot")
        .defer("log", "preflight", "plan", "summary")
        .order_by("-finished_at")[:MOST_READ]
    )
    told = _told(runs)
    peaks = _peaks_on_cards(runs)
    return [
        past
        for run in runs
        if run.pk in told and (past := _past(run, told[run.pk], peaks.get(run.pk)))
    ]


def _past(run: Run, told: Mapping[str, Any], peak_on_cards: float | None) -> Past | None:
    seconds = told["summary__seconds"]
    if run.finished_at is None or run.started_at is None or not isinstance(seconds, dict):
        return None
    scaled = sum(value for phase, value in seconds.items() if phase != PHASE_THAT_IS_FIXED)
    n_used = told["preflight__train__n_used"] or 1
    tokens_each = (told["preflight__train__tokens__total"] or 0) / n_used
    size = Size(
        method=run.method,
        steps=run.step,
        tokens=round(
            n_used * run.settings["epochs"] * _tokens(run.method, run.settings, tokens_each)
        ),
        n_weights=weights_of(run.base) if run.base else 0,
        held_mib=Needs.from_json(run.needs).memory_mib,
    )
    return Past(
        size=size,
        seconds=(run.finished_at - run.started_at).total_seconds(),
        scaled=scaled,
        peak_mib=peak_on_cards or told["summary__peak_rss_mib"] or 0.0,
    )


COUNTED = (
    "summary__seconds",
    "summary__peak_rss_mib",
    "preflight__train__n_used",
    "preflight__train__tokens__total",
)


def _told(runs: Sequence[Run]) -> dict[int, dict[str, Any]]:
    """Out of their long reports, what is counted with, and no more."""
    rows = Run.objects.filter(pk__in=[run.pk for run in runs]).values("pk", *COUNTED)
    return {row["pk"]: row for row in rows}


def _peaks_on_cards(runs: Sequence[Run]) -> dict[int, float]:
    """The most memory of accelerators that each was seen to hold, in MiB."""
    seen = RunMetric.objects.filter(
        run__in=[run.pk for run in runs], phase=MACHINE, values__has_key="gpu/memory_mib"
    ).values_list("run", "values")
    peaks: dict[int, float] = {}
    for pk, values in seen:
        peaks[pk] = max(peaks.get(pk, 0.0), values["gpu/memory_mib"])
    return peaks


def _counted(method: str, snapshot: Snapshot) -> tuple[int, float]:
    """Records that a method takes of a snapshot, and tokens of each, as a run has counted them."""
    learns_from = METHODS[method].learns_from
    alike = [name for name, known in METHODS.items() if known.learns_from == learns_from]
    counted = (
        Run.objects.filter(snapshot=snapshot, method__in=alike)
        .exclude(preflight=None)
        .order_by("-pk")
        .values(*COUNTED[2:])
        .first()
    )
    if counted and counted["preflight__train__n_used"]:
        n_used = counted["preflight__train__n_used"]
        return n_used, counted["preflight__train__tokens__total"] / n_used
    n_records = snapshot.n_train
    if learns_from != "rewards":
        n_records = max(1, n_records - snapshot.n_ties - snapshot.n_both_bad)
    size = artifact_store().size(snapshot.file)
    return n_records, size / max(1, snapshot.n_pairs) / BYTES_PER_TOKEN


def _tokens(method: str, settings: Mapping[str, Any], tokens_each: float) -> float:
    """That go through the model for one record: of one that is sampled from, its samples too."""
    if METHODS[method].learns_from != "rewards":
        return tokens_each
    n_samples = settings.get("n_samples", 1)
    return float(n_samples * (tokens_each + settings["max_new_tokens"]))
