"""What is written down of each try at a run, in the transaction that claims or ends it."""

from datetime import datetime
from uuid import UUID

from django.db.models import F, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Greatest, Now

from training.models import Attempt, AttemptEnding, AttemptStart, Run


def begin_attempt(run: Run) -> None:
    """Open the attempt of a run that was just claimed."""
    # One that nobody has ended, as the row was changed past the services, must not bar the next.
    _end(run.attempts.filter(ended_at=None), AttemptEnding.LOST)
    before = run.attempts.order_by("-number").first()
    is_resumed = run.resumed_at is not None and (
        before is None or run.resumed_at >= before.started_at
    )
    start = AttemptStart.QUEUED if run.attempt == 1 else AttemptStart.AGAIN
    run.attempts.create(
        number=run.attempt,
        token=token_of(run),
        worker=run.worker,
        start=AttemptStart.RESUMED if is_resumed else start,
        resumed_by=run.resumed_by if is_resumed else None,
        first_step=run.step,
    )


def end_attempt(run: Run, ending: AttemptEnding, *, reason: str = "") -> None:
    """Close the attempt that this claim on the run has opened."""
    _end(run.attempts.filter(token=token_of(run), ended_at=None), ending, reason=reason)


def cancel_attempt(run: Run, *, reason: str = "") -> None:
    """Close the attempt of a run that somebody has cancelled, with who it was."""
    asked_by = Run.objects.filter(pk=run.pk).values("cancel_requested_by")[:1]
    open_one = run.attempts.filter(token=token_of(run), ended_at=None)
    open_one.update(cancelled_by=Subquery(asked_by))
    _end(open_one, AttemptEnding.CANCELLED, reason=reason)


def lose_attempt(run: Run, *, reason: str) -> None:
    """Close an attempt of which nobody has heard for a while, at its last sign of life."""
    open_one = run.attempts.filter(token=token_of(run), ended_at=None)
    _end(open_one, AttemptEnding.LOST, reason=reason, heard_at=run.heartbeat_at)


def token_of(run: Run) -> UUID:
    """Of the claim on a run that is claimed. Raises: LookupError for one that is not."""
    if run.token is None:
        raise LookupError("a run that is claimed has a token")
    return run.token


def n_lost_of(run: Run) -> int:
    """How many attempts ended with their worker, since the run was last resumed by hand."""
    resumed = run.attempts.filter(start=AttemptStart.RESUMED).aggregate(last=Max("number"))
    lost = run.attempts.filter(ending=AttemptEnding.LOST, number__gte=resumed["last"] or 0)
    return lost.count()


def _end(
    open_ones: QuerySet[Attempt],
    ending: AttemptEnding,
    *,
    reason: str = "",
    heard_at: datetime | None = None,
) -> None:
    here = Run.objects.filter(pk=OuterRef("run")).values("step")[:1]
    open_ones.update(
        ending=ending,
        reason=reason,
        ended_at=Greatest(F("started_at"), heard_at) if heard_at else Now(),
        last_step=Subquery(here),
    )
