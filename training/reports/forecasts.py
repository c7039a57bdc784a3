"""What a run is thought to take, ready to be shown before it is queued and while it runs."""

from dataclasses import dataclass

from django.db.models.functions import Now

from training.models import Run, RunState
from training.reports.curves import time_left
from training.runs.checks import advice_of
from training.runs.estimates import Estimate, estimates_of


@dataclass(frozen=True, kw_only=True)
class Forecast:
    advice: list[str]
    estimates: list[Estimate]


@dataclass(frozen=True, kw_only=True)
class Pace:
    """What was thought before, beside what the steps so far say, or what it took in the end.

    All of its attempts are counted, and not the time between them.
    """

    thought: Estimate | None
    seconds: float | None  # in all: at the pace so far, or as it was
    is_over: bool
    low: float | None = None  # of the pace so far; None where too few steps are there
    high: float | None = None


def forecast_of(run: Run) -> Forecast:
    return Forecast(advice=advice_of(run), estimates=estimates_of(run))


def pace_of(run: Run) -> Pace | None:
    """None for what was never estimated and has not begun."""
    thought = Estimate.from_json(run.estimate) if run.estimate else None
    if run.state == RunState.SUCCEEDED:
        return Pace(thought=thought, seconds=worked_seconds(run), is_over=True) if thought else None
    left = time_left(run) if run.phase == "train" else None
    if left is None:
        return Pace(thought=thought, seconds=None, is_over=False) if thought else None
    so_far = worked_seconds(run)
    return Pace(
        thought=thought,
        seconds=so_far + left.seconds,
        is_over=False,
        low=None if left.low is None else so_far + left.low,
        high=None if left.high is None else so_far + left.high,
    )


def worked_seconds(run: Run) -> float:
    """How long workers were at it, in all of its attempts."""
    rows = run.attempts.annotate(now=Now()).values_list("started_at", "ended_at", "now")
    lasted = [((ended or now) - started).total_seconds() for started, ended, now in rows]
    return float(sum(lasted))
