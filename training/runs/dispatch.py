"""Ringing the bell for runs that wait, and picking up those whose worker has gone.

The row is the truth: a message that is lost is sent again, one that arrives twice finds nothing.
"""

import uuid
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotate.text.language import in_language_of
from annotate.work.bells import ring, ring_on_commit
from training.models import RoundStep, Run, RunState
from training.runs.attempts import cancel_attempt, lose_attempt, n_lost_of
from training.runs.order import in_order, startable
from training.runs.workers import has_idle_worker

EXECUTE = "training.tasks.execute_run"
ADVANCE = "training.tasks.advance_round"
REDELIVER_SECONDS = 60
REDELIVER_TO_BUSY_SECONDS = 900  # nobody is free, so one more message would only pile up
NOT_SUCCEEDED = (RunState.FAILED, RunState.CANCELLED)


def dispatch_on_commit(run: Run) -> None:
    transaction.on_commit(lambda: dispatch(run))


def dispatch(run: Run) -> None:
    """Tell the workers that a run waits. If the broker is away, the reaper tells them later."""
    if not startable().filter(pk=run.pk).update(dispatched_at=Now()):
        return
    if not ring(EXECUTE, str(run.public_id)):
        Run.objects.filter(pk=run.pk, state=RunState.QUEUED).update(dispatched_at=None)


def dispatch_waiting_runs() -> int:
    """Send again what nobody has picked up."""
    patience = REDELIVER_SECONDS if has_idle_worker() else REDELIVER_TO_BUSY_SECONDS
    waiting = startable().filter(
        Q(dispatched_at=None) | Q(dispatched_at__lt=Now() - timedelta(seconds=patience))
    )
    n_sent = 0
    for run in in_order(waiting):
        dispatch(run)
        n_sent += 1
    return n_sent


def dispatch_all_waiting() -> None:
    """Ring for everything that waits, whether or not it was rung for before."""
    for run in in_order(startable()):
        dispatch(run)


def pass_bell_on(run_id: uuid.UUID) -> None:
    """A bell came to a worker that may not take the run: it is soon rung again, for others."""
    Run.objects.filter(public_id=run_id, state=RunState.QUEUED).update(dispatched_at=None)


def ring_next_on_commit(ended: Run) -> None:
    """What its project's budget kept waiting may begin now, with the end of one of its runs."""
    if ended.charged_to_id is None:
        return
    waiting = startable().filter(charged_to=ended.charged_to_id, dispatched_at=None)
    for run in in_order(waiting)[:1]:
        dispatch_on_commit(run)


def end_stranded_followers() -> None:
    """End the runs that were queued at the very moment when what they wait for failed."""
    stranded = Run.objects.filter(state=RunState.QUEUED, after__state__in=NOT_SUCCEEDED)
    for before in Run.objects.filter(pk__in=stranded.values("after")):
        with transaction.atomic():
            tell_followers(before)


def requeue_stale_runs() -> int:
    """Take back the runs whose worker no longer says that it lives."""
    return _requeue(Run.objects.filter(state=RunState.RUNNING, lease_until__lt=Now()))


def requeue_runs_of(worker: str) -> int:
    """Take back what an earlier worker of this name left behind, without waiting for its lease."""
    return _requeue(Run.objects.filter(state=RunState.RUNNING, worker=worker))


def _requeue(abandoned: QuerySet[Run]) -> int:
    n_requeued = 0
    for run in abandoned:
        n_requeued += _take_back(run, abandoned)
    return n_requeued


@transaction.atomic
def _take_back(run: Run, abandoned: QuerySet[Run]) -> bool:
    # The conditions hold again at the moment of writing, or the run is no longer abandoned.
    mine = abandoned.filter(pk=run.pk, token=run.token)
    with in_language_of(run.requested_by):
        lost = _("The worker went away without a word.")
    if run.cancel_requested_at is not None:
        if not mine.update(**ended(RunState.CANCELLED)):
            return False
        cancel_attempt(run, reason=lost)
        tell_followers(run)
        return True
    if run.attempt < run.max_attempts:
        if not mine.update(state=RunState.QUEUED, token=None, lease_until=None, dispatched_at=None):
            return False
        lose_attempt(run, reason=lost)
        dispatch_on_commit(run)
        return True
    if not mine.update(**ended(RunState.FAILED)):
        return False
    lose_attempt(run, reason=lost)
    with in_language_of(run.requested_by):
        reason = _("The worker went away %(n)d times without a word, so the run was given up.") % {
            "n": n_lost_of(run)
        }
    Run.objects.filter(pk=run.pk).update(reason=reason)
    tell_followers(run)
    return True


def ended(state: RunState) -> dict[str, object]:
    """The columns of a run that has just come to an end."""
    return {"state": state, "token": None, "lease_until": None, "finished_at": Now()}


def tell_followers(run: Run) -> None:
    """Start the runs that waited for this one, or end them with a sentence; in its transaction.

    The round of which it is a step goes on.
    """
    for round_id in RoundStep.objects.filter(run=run).values_list("round", flat=True):
        ring_on_commit(ADVANCE, round_id)
    run.refresh_from_db(fields=["state"])
    ring_next_on_commit(run)
    followers = Run.objects.filter(after=run, state=RunState.QUEUED).select_related("requested_by")
    if run.state == RunState.SUCCEEDED:
        for follower in followers:
            dispatch_on_commit(follower)
        return
    if run.state not in NOT_SUCCEEDED:
        return
    for follower in followers:
        with in_language_of(follower.requested_by):
            reason = _why_not_after(run)
        if Run.objects.filter(pk=follower.pk, state=RunState.QUEUED).update(
            **ended(RunState.FAILED), reason=reason
        ):
            tell_followers(follower)


def _why_not_after(run: Run) -> str:
    if run.state == RunState.FAILED:
        return _("It was to start after “%(name)s”, which failed.") % {"name": run}
    return _("It was to start after “%(name)s”, which was cancelled.") % {"name": run}
