"""What is told of each try at a run, and which run is next after one was cut short."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from tests.factories import make_admin
from training.execution.results import finish_evaluation
from training.models import Attempt, Run, RunState
from training.runs import claimed
from training.runs.claimed import claim_next, claim_run
from training.runs.dispatch import requeue_runs_of, requeue_stale_runs
from training.runs.order import places_in_queue
from training.runs.queue import request_cancel, resume_run

pytestmark = pytest.mark.django_db(transaction=True)


def told(run: Run) -> list[tuple]:
    rows = run.attempts.order_by("number")
    return list(rows.values_list("number", "worker", "start", "ending", "reason"))


def claim(run: Run, worker: str = "here") -> Run:
    found = claim_run(run_id=run.public_id, worker=worker)
    assert found is not None
    return found


def test_each_ending_is_told_with_its_worker_steps_and_reason(queued_run):
    run = claim(queued_run(), "one")
    claimed.record_progress(run, metrics=[], values={"step": 4})
    claimed.retry_or_fail_run(run=run, reason="Out of memory.")
    claimed.give_back_run(run=claim(run, "two"))
    claim(run, "three")
    requeue_runs_of("three")
    claimed.fail_run(run=claim(run, "four"), reason="Refused.")
    assert told(run) == [
        (1, "one", "queued", "crashed", "Out of memory."),
        (2, "two", "again", "stopped", ""),
        (3, "three", "again", "lost", "The worker went away without a word."),
        (4, "four", "again", "failed", "Refused."),
    ]
    first = run.attempts.get(number=1)
    assert (first.first_step, first.last_step) == (0, 4)
    assert first.lasted >= timedelta(0)


def test_a_resume_by_hand_is_told_with_who_did_it_and_goes_on_counting(queued_run):
    run, admin = claim(queued_run()), make_admin()
    claimed.fail_run(run=run, reason="It broke.")
    resumed = resume_run(run_id=run.public_id, requested_by=admin)
    assert resumed.attempt == 1
    again = claim(run, "other")
    assert again.attempt == 2
    canceller = make_admin()
    request_cancel(run_id=run.public_id, requested_by=canceller)
    claimed.cancel_claimed_run(run=again)
    columns = ("number", "start", "resumed_by", "ending", "cancelled_by")
    assert list(run.attempts.order_by("number").values_list(*columns)) == [
        (1, "queued", None, "failed", None),
        (2, "resumed", admin.pk, "cancelled", canceller.pk),
    ]


def test_a_run_cancelled_while_its_worker_was_gone_says_both(queued_run):
    run, admin = claim(queued_run()), make_admin()
    request_cancel(run_id=run.public_id, requested_by=admin)
    requeue_runs_of("here")
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    found = run.attempts.get()
    assert (found.ending, found.cancelled_by) == ("cancelled", admin)
    assert found.reason == "The worker went away without a word."


def test_a_resumed_run_is_cancelled_by_nobody_until_somebody_does(queued_run):
    run, admin = claim(queued_run()), make_admin()
    request_cancel(run_id=run.public_id, requested_by=admin)
    claimed.cancel_claimed_run(run=run)
    resume_run(run_id=run.public_id)
    again = claim(run)
    assert (again.cancel_requested_at, again.cancel_requested_by) == (None, None)
    claimed.fail_run(run=again, reason="It broke.")
    assert run.attempts.get(number=2).cancelled_by is None


def test_a_resumed_run_has_three_attempts_again_and_then_is_given_up(queued_run):
    run = queued_run()
    for _attempt in range(2):
        claimed.retry_or_fail_run(run=claim(run), reason="Crashed.")
    claimed.fail_run(run=claim(run), reason="Refused.")
    resume_run(run_id=run.public_id)
    for attempt in (4, 5, 6):
        assert claim(run).attempt == attempt
        requeue_runs_of("here")
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert "3 times" in run.reason
    assert claim_run(run_id=run.public_id, worker="here") is None


def test_an_attempt_whose_worker_fell_silent_ends_at_its_last_sign_of_life(queued_run):
    run = claim(queued_run())
    heard_at = Run.objects.get(pk=run.pk).heartbeat_at + timedelta(seconds=7)
    Run.objects.filter(pk=run.pk).update(
        heartbeat_at=heard_at, lease_until=Now() - timedelta(seconds=1)
    )
    requeue_stale_runs()
    assert run.attempts.get().ended_at == heard_at


def test_an_interrupted_run_is_next_and_a_resumed_one_is_last(queued_run):
    first, second, third = (queued_run() for _run in range(3))
    assert places_in_queue() == {first.pk: 1, second.pk: 2, third.pk: 3}
    assert claim_next(worker="one") == first
    requeue_runs_of("one")
    assert places_in_queue()[first.pk] == 1
    claimed.fail_run(run=claim_next(worker="one"), reason="It broke.")
    resume_run(run_id=first.public_id)
    assert places_in_queue() == {second.pk: 1, third.pk: 2, first.pk: 3}


def test_what_cannot_begin_bars_nobody_behind_it(queued_run):
    first = queued_run()
    follower = queued_run("dpo", after=first)
    last = queued_run()
    Run.objects.filter(pk=first.pk).update(state=RunState.SUCCEEDED)  # and its checkpoint is gone
    assert claim_next(worker="here") == last
    follower.refresh_from_db()
    assert follower.state == RunState.FAILED
    assert "no longer there" in follower.reason
    assert follower.attempts.get().ending == "failed"


def test_an_attempt_that_nobody_ended_does_not_bar_the_next(queued_run):
    run = claim(queued_run())
    Run.objects.filter(pk=run.pk).update(state=RunState.QUEUED, token=None)
    claim(run)
    assert [ending for *_rest, ending, _reason in told(run)] == ["lost", ""]
    assert Attempt.objects.filter(ended_at=None).count() == 1


def test_a_zombie_ends_no_attempt(queued_run):
    zombie = claim(queued_run(), "zombie")
    requeue_runs_of("zombie")
    claim(zombie, "heir")
    with pytest.raises(claimed.ClaimLost):
        finish_evaluation(run=zombie, summary={}, report="", log="")
    assert zombie.attempts.get(number=2).ending == ""
