"""A run as its page shows it."""

from dataclasses import dataclass
from typing import Any

from annotate.models import User
from training.access.permissions import visible_runs
from training.models import ENDED_BADLY, Attempt, Checkpoint, Evaluation, Run
from training.reports.alarms import alarms_of
from training.reports.forecasts import Pace, pace_of
from training.reports.run_status import UNFINISHED, RunStatus, run_status


@dataclass(frozen=True, kw_only=True)
class RunDetail:
    run: Run
    status: RunStatus
    checkpoints: list[Checkpoint]  # the final one first, then those to resume from
    final: Checkpoint | None
    evaluation: Evaluation | None
    followers: list[Run]
    reward_models: list[Checkpoint]
    alarms: list[Any]
    settings: dict[str, Any]
    attempts: list[Attempt]
    pace: Pace | None
    can_cancel: bool
    can_resume: bool
    resumes_at: int  # the step; 0 is its beginning


def run_detail(run: Run, user: User) -> RunDetail:
    checkpoints = list(run.checkpoints.order_by("-is_final", "-step"))
    return RunDetail(
        run=run,
        status=run_status(run),
        checkpoints=checkpoints,
        final=next((checkpoint for checkpoint in checkpoints if checkpoint.is_final), None),
        evaluation=Evaluation.objects.filter(run=run).first(),
        followers=list(visible_runs(user).filter(after=run).order_by("queued_at")),
        reward_models=list(run.reward_models.order_by("pk")),
        alarms=alarms_of(run),
        settings=run.settings,
        attempts=attempts_of(run),
        pace=pace_of(run),
        can_cancel=run.state in UNFINISHED and run.cancel_requested_at is None,
        can_resume=run.state in ENDED_BADLY,
        resumes_at=max((one.step for one in checkpoints if not one.is_final), default=0),
    )


def attempts_of(run: Run) -> list[Attempt]:
    return list(run.attempts.select_related("resumed_by", "cancelled_by").order_by("number"))
