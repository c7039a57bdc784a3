"""What a worker writes about a run: nothing, unless the claim is still its own.

A claim draws a token. Every later write names that token and the state `running`, so a worker that
was taken for dead and comes back changes no row.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from annotate.text.language import in_language_of
from annotate.work.claims import STALE_SECONDS, Claim, ClaimLost, take
from training.models import AttemptEnding, Checkpoint, Run, RunMetric, RunState, Worker
from training.runs.attempts import begin_attempt, cancel_attempt, end_attempt
from training.runs.budgets import hold_budget_of
from training.runs.dispatch import dispatch_on_commit, ended, tell_followers
from training.runs.needs import Needs
from training.runs.order import in_order, startable
from training.runs.placement import Fleet
from training.runs.stretches import cut_back_stretches, keep_stretches


def claim_next(*, worker: str) -> Run | None:
    """The first run in the queue that this worker may take, claimed."""
    known = Worker.objects.filter(name=worker).first()
    if known is not None and known.drained_at is not None:
        return None
    fleet = Fleet.now()
    for run_id, needs in in_order(startable()).values_list("public_id", "needs"):
        if known is not None and not fleet.may_take(known, Needs.from_json(needs)):
            continue
        if (run := claim_run(run_id=run_id, worker=worker)) is not None:
            return run
    return None


def claim_run(*, run_id: uuid.UUID, worker: str) -> Run | None:
    """The run with a fresh token, if it was waiting; None if there is nothing to do."""
    with transaction.atomic():
        hold_budget_of(run_id)
        token = take(
            startable().filter(public_id=run_id, attempt__lt=F("max_attempts")),
            worker=worker,
            lease_until=_lease(),
            started_at=Coalesce("started_at", Now()),
            finished_at=None,
            phase="",
            reason="",
        )
        if token is None:
            return None
        run = Run.objects.select_related(
            "base", "after", "against", "snapshot", "project", "requested_by", "resumed_by"
        ).get(token=token)
        if run.base is None:
            run.base = Checkpoint.objects.filter(run=run.after, is_final=True).first()
            run.save(update_fields=["base"])
        _cut_back(run)
        begin_attempt(run)
        if run.base is None:
            _fail_without_start(run)
            return None
    return run


def _fail_without_start(run: Run) -> None:
    with in_language_of(run.requested_by):
        reason = _("What “%(name)s” has made is no longer there.") % {"name": run.after}
    fail_run(run=run, reason=reason)


def write_claimed(run: Run, **values: Any) -> None:
    """Raises: ClaimLost."""
    Claim(run).write(**values)


def heartbeat(run: Run) -> None:
    """Hold the run for another while. Raises: ClaimLost."""
    write_claimed(run, lease_until=_lease())


def is_cancel_requested(run: Run) -> bool:
    """Raises: ClaimLost."""
    requested_at = Claim(run).held.values_list("cancel_requested_at", flat=True)
    if not requested_at:
        raise ClaimLost(str(run.public_id))
    return requested_at[0] is not None


@transaction.atomic
def record_progress(run: Run, *, metrics: Sequence["Metric"], values: Mapping[str, Any]) -> None:
    """Store a batch of metrics and what is new about the run itself. Raises: ClaimLost."""
    write_claimed(run, **values)  # locks the row until the metrics are in
    steps: dict[str, set[int]] = {}
    for phase, step, *_rest in metrics:
        steps.setdefault(phase, set()).add(step)
    RunMetric.objects.bulk_create(
        [
            RunMetric(run=run, phase=phase, step=step, logged_at=logged_at, values=dict(measured))
            for phase, step, logged_at, measured in _last_of_each(metrics)
        ],
        update_conflicts=True,
        unique_fields=["run", "phase", "step"],
        update_fields=["logged_at", "values"],
        batch_size=500,
    )
    if steps:
        keep_stretches(run, steps)


Metric = tuple[str, int, datetime, Mapping[str, Any]]  # phase, step, when, values


def _last_of_each(metrics: Iterable[Metric]) -> list[Metric]:
    """One upsert may not touch a row twice."""
    return list(
        {(phase, step): metric for metric in metrics for phase, step in [metric[:2]]}.values()
    )


@transaction.atomic
def fail_run(*, run: Run, reason: str, log: str = "") -> None:
    """End the run with one sentence. Raises: ClaimLost."""
    write_claimed(run, **ended(RunState.FAILED), reason=reason, log=log)
    end_attempt(run, AttemptEnding.FAILED, reason=reason)
    tell_followers(run)


@transaction.atomic
def cancel_claimed_run(*, run: Run, log: str = "") -> None:
    write_claimed(run, **ended(RunState.CANCELLED), log=log)
    cancel_attempt(run)
    tell_followers(run)


def succeed_run(*, run: Run, summary: Mapping[str, Any], log: str) -> None:
    """End the run with what came of it, in the caller's transaction. Raises: ClaimLost."""
    write_claimed(run, **ended(RunState.SUCCEEDED), summary=summary, log=log, reason="")
    end_attempt(run, AttemptEnding.SUCCEEDED)


@transaction.atomic
def give_back_run(*, run: Run, log: str = "") -> None:
    """Stopped through no fault of its own: back to the queue, and the attempt does not count."""
    write_claimed(
        run,
        state=RunState.QUEUED,
        token=None,
        lease_until=None,
        dispatched_at=None,
        max_attempts=F("max_attempts") + 1,
        log=log,
    )
    end_attempt(run, AttemptEnding.STOPPED)
    dispatch_on_commit(run)


@transaction.atomic
def retry_or_fail_run(*, run: Run, reason: str, log: str = "") -> None:
    """Crashed: once more from its last checkpoint, or the end with a sentence."""
    if run.attempt >= run.max_attempts:
        fail_run(run=run, reason=reason, log=log)
        return
    write_claimed(
        run,
        state=RunState.QUEUED,
        token=None,
        lease_until=None,
        dispatched_at=None,
        reason=reason,
        log=log,
    )
    end_attempt(run, AttemptEnding.CRASHED, reason=reason)
    dispatch_on_commit(run)


def resume_point(run: Run) -> Checkpoint | None:
    """The newest checkpoint of the run that was stored with its optimizer."""
    return run.checkpoints.filter(is_final=False).order_by("-step").first()


def _lease() -> CombinedExpression:
    return Now() + timedelta(seconds=STALE_SECONDS)


def _cut_back(run: Run) -> None:
    """Forget what was measured after the point from which the run goes on."""
    resume = resume_point(run)
    run.step = resume.step if resume else 0
    run.save(update_fields=["step"])
    measured = RunMetric.objects.filter(run=run)
    (measured.filter(step__gt=run.step) if resume else measured).delete()
    cut_back_stretches(run, run.step if resume else None)
