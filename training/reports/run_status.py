"""Where a run stands: little enough to be asked for every second."""

from collections.abc import Mapping
from dataclasses import dataclass

from training.models import Run, RunState
from training.reports.curves import samples_of_rollout, seconds_left
from training.runs.budgets import budget_use
from training.runs.order import places_in_queue
from training.runs.placement import Fleet

UNFINISHED = (RunState.QUEUED, RunState.RUNNING)


@dataclass(frozen=True, kw_only=True)
class RunStatus:
    state: str
    phase: str
    step: int
    total_steps: int | None
    share: float | None  # of the present phase, in [0, 1]
    seconds_left: float | None  # of the present phase
    samples: tuple[int, int] | None  # of a rollout: how many answers are there, and of how many
    is_over: bool
    is_stopping: bool  # somebody asked it to cancel and it has not ended yet
    waits_for: Run | None  # the run that must succeed first
    place: int | None  # in the queue; 1 is next
    why_waits: str  # for its budget, or as no worker there can take it; empty where one will
    reason: str


def run_status(run: Run, places: Mapping[int, int] | None = None) -> RunStatus:
    """`places` are those of the queue, where many runs are asked about."""
    if run.state == RunState.QUEUED and places is None:
        places = places_in_queue()
    is_over = run.state not in UNFINISHED
    waits_for = None
    if run.state == RunState.QUEUED and run.after and run.after.state != RunState.SUCCEEDED:
        waits_for = run.after
    share = min(1.0, run.step / run.total_steps) if run.total_steps else None
    return RunStatus(
        state=run.state,
        phase=run.phase,
        step=run.step,
        total_steps=run.total_steps,
        share=1.0 if run.state == RunState.SUCCEEDED else share,
        seconds_left=seconds_left(run),
        samples=samples_of_rollout(run),
        is_over=is_over,
        is_stopping=run.cancel_requested_at is not None and not is_over,
        waits_for=waits_for,
        place=(places or {}).get(run.pk),
        why_waits=why_waits(run),
        reason=run.reason,
    )


def why_waits(run: Run) -> str:
    """By its project's budget, or for want of a worker; empty where it only waits its turn."""
    if run.state != RunState.QUEUED:
        return ""
    by_budget = budget_use(run.charged_to).why_waiting if run.charged_to else ""
    return by_budget or Fleet.now().why_not(run)
