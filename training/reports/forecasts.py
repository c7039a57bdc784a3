"""What a run is thought to take, ready to be shown before it is queued and while it runs."""

from dataclasses import dataclass

from django.utils import timezone

from training.models import Run, RunState
from training.reports.curves import seconds_left
from training.runs.checks import advice_of
from training.runs.estimates import Estimate, estimates_of


@dataclass(frozen=True, kw_only=True)
class Forecast:
    advice: list[str]
    estimates: list[Estimate]


@dataclass(frozen=True, kw_only=True)
class Pace:
    """What was thought before, beside what the steps so far say, or what it took in the end."""

    thought: Estimate | None
    seconds: float | None  # in all: at the pace so far, or as it was
    is_over: bool


def forecast_of(run: Run) -> Forecast:
    return Forecast(advice=advice_of(run), estimates=estimates_of(run))


def pace_of(run: Run) -> Pace | None:
    """None for what was never estimated and has not begun."""
    thought = Estimate(**run.estimate) if run.estimate else None
    if run.state == RunState.SUCCEEDED and run.started_at and run.finished_at:
        took = (run.finished_at - run.started_at).total_seconds()
        return Pace(thought=thought, seconds=took, is_over=True) if thought else None
    left = seconds_left(run) if run.phase == "train" else None
    seconds = None
    if left is not None and run.started_at is not None:
        seconds = (timezone.now() - run.started_at).total_seconds() + left
    return Pace(thought=thought, seconds=seconds, is_over=False) if thought or seconds else None
