"""One worker at a time; whoever lost the run writes nothing."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from annotate.work.claims import ClaimLost
from tests.bells import listen
from tests.factories import make_user
from training.execution.results import finish_training
from training.models import Checkpoint, Run, RunMetric, RunState
from training.runs import claimed, dispatch
from training.runs.claimed import claim_run
from training.runs.dispatch import (
    dispatch_waiting_runs,
    end_stranded_followers,
    requeue_runs_of,
    requeue_stale_runs,
)
from training.runs.queue import request_cancel
from training.runs.workers import record_worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent(monkeypatch) -> list[str]:
    """The messages that would have gone to the workers."""
    return listen(monkeypatch, dispatch.EXECUTE)


def expire(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(lease_until=Now() - timedelta(seconds=1))


def test_of_many_workers_that_hear_the_bell_one_gets_the_run(queued_run):
    run, winners = queued_run(), []

    def claim(number: int) -> None:
        if claimed := claim_run(run_id=run.public_id, worker=f"worker {number}"):
            winners.append(claimed)
        connection.close()

    threads = [threading.Thread(target=claim, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.refresh_from_db()
    assert len(winners) == 1
    assert (run.state, run.attempt, run.token) == (RunState.RUNNING, 1, winners[0].token)


def test_a_worker_whose_run_was_taken_over_writes_nothing(queued_run, sent):
    zombie = claim_run(run_id=queued_run().public_id, worker="zombie")
    expire(zombie)
    assert requeue_stale_runs() == 1
    heir = claim_run(run_id=zombie.public_id, worker="heir")
    before = Run.objects.filter(pk=heir.pk).values().get()
    writes = [
        lambda: claimed.heartbeat(zombie),
        lambda: claimed.is_cancel_requested(zombie),
        lambda: claimed.record_progress(zombie, metrics=[metric(1)], values={"step": 7}),
        lambda: claimed.fail_run(run=zombie, reason="late"),
        lambda: claimed.give_back_run(run=zombie),
        lambda: claimed.retry_or_fail_run(run=zombie, reason="late"),
        lambda: claimed.cancel_claimed_run(run=zombie),
        lambda: finish_training(run=zombie, summary={}, final=None, n_left_out=0, log=""),
    ]
    for write in writes:
        with pytest.raises(ClaimLost):
            write()
    assert Run.objects.filter(pk=heir.pk).values().get() == before
    assert not RunMetric.objects.exists()
    assert not Checkpoint.objects.filter(run=heir).exists()
    claimed.heartbeat(heir)


def test_a_lease_that_still_runs_is_left_alone_whatever_this_machines_clock_says(
    queued_run, monkeypatch
):
    run = claim_run(run_id=queued_run().public_id, worker="here")
    monkeypatch.setattr(timezone, "now", lambda: datetime(2099, 1, 1, tzinfo=UTC))
    assert requeue_stale_runs() == 0
    claimed.heartbeat(run)


def test_a_run_whose_worker_dies_each_time_fails_after_its_attempts(queued_run, sent):
    run = queued_run()
    for attempt in (1, 2, 3):
        assert claim_run(run_id=run.public_id, worker="doomed").attempt == attempt
        expire(run)
        requeue_stale_runs()
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert "3 times" in run.reason
    assert claim_run(run_id=run.public_id, worker="doomed") is None


def test_stopped_through_no_fault_of_its_own_it_keeps_its_attempts(queued_run, sent):
    run = queued_run()
    for _stop in range(5):
        claimed.give_back_run(run=claim_run(run_id=run.public_id, worker="here"))
    run.refresh_from_db()
    assert (run.state, run.attempt, run.max_attempts) == (RunState.QUEUED, 5, 3 + 5)
    assert claim_run(run_id=run.public_id, worker="here").attempt == 6


def test_a_worker_that_starts_again_takes_its_runs_back_at_once(queued_run, sent):
    run = claim_run(run_id=queued_run().public_id, worker="training@here")
    assert requeue_runs_of("training@elsewhere") == 0
    assert requeue_runs_of("training@here") == 1
    run.refresh_from_db()
    assert run.state == RunState.QUEUED


def test_a_run_that_was_to_be_cancelled_when_its_worker_died_is_cancelled(queued_run):
    run = claim_run(run_id=queued_run().public_id, worker="here")
    request_cancel(run_id=run.public_id)
    expire(run)
    requeue_stale_runs()
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED


def test_a_lost_message_is_sent_again_and_a_fresh_one_is_not(queued_run, sent):
    run = queued_run()
    assert sent == [str(run.public_id)]
    record_worker(name="idle", run=None)
    assert dispatch_waiting_runs() == 0
    age(run, dispatch.REDELIVER_SECONDS + 1)
    assert dispatch_waiting_runs() == 1
    assert sent == [str(run.public_id)] * 2


def test_messages_do_not_pile_up_while_every_worker_is_busy(queued_run, sent):
    run = queued_run()
    age(run, dispatch.REDELIVER_SECONDS + 1)
    assert dispatch_waiting_runs() == 0
    age(run, dispatch.REDELIVER_TO_BUSY_SECONDS + 1)
    assert dispatch_waiting_runs() == 1


def test_queueing_works_while_the_broker_is_away_and_the_reaper_sends_later(
    queued_run, monkeypatch
):
    with monkeypatch.context() as broken:
        listen(broken, dispatch.EXECUTE, fault=ConnectionError())
        run = queued_run()
    run.refresh_from_db()
    assert (run.state, run.dispatched_at) == (RunState.QUEUED, None)
    sent = listen(monkeypatch, dispatch.EXECUTE)
    dispatch_waiting_runs()
    assert sent == [str(run.public_id)]


def test_a_follower_starts_only_when_its_predecessor_has_succeeded(queued_run, sent):
    first = queued_run()
    second = queued_run("dpo", after=first)
    assert claim_run(run_id=second.public_id, worker="here") is None
    assert sent == [str(first.public_id)]
    claimed.fail_run(run=claim_run(run_id=first.public_id, worker="here"), reason="It broke.")
    second.refresh_from_db()
    assert (second.state, second.base) == (RunState.FAILED, None)
    assert "which failed" in second.reason


def test_a_follower_queued_as_its_predecessor_failed_does_not_wait_for_ever(queued_run, sent):
    first = queued_run()
    second = queued_run("dpo", after=first)
    Run.objects.filter(pk=first.pk).update(state=RunState.FAILED)  # and nobody was told
    end_stranded_followers()
    second.refresh_from_db()
    assert second.state == RunState.FAILED
    assert "which failed" in second.reason


def test_metrics_are_written_once_for_each_step_and_cut_back_to_the_checkpoint(queued_run, sent):
    run = claim_run(run_id=queued_run().public_id, worker="here")
    claimed.record_progress(run, metrics=[metric(1), metric(2), metric(2, loss=9.0)], values={})
    claimed.record_progress(run, metrics=[metric(2, loss=8.0), metric(3)], values={"step": 3})
    assert logged(run) == {1: 0.5, 2: 8.0, 3: 0.5}
    Checkpoint.objects.create(
        kind="policy", name="2", digest="2", manifest=[], size_bytes=0, run=run, step=2,
        is_final=False,
    )  # fmt: skip
    claimed.give_back_run(run=run)
    again = claim_run(run_id=run.public_id, worker="here")
    assert logged(again) == {1: 0.5, 2: 8.0}
    assert again.step == 2


def metric(step: int, loss: float = 0.5) -> claimed.Metric:
    return ("train", step, timezone.now(), {"loss": loss})


def logged(run: Run) -> dict[int, float]:
    return {step: values["loss"] for step, values in run.metrics.values_list("step", "values")}


def age(run: Run, seconds: float) -> None:
    Run.objects.filter(pk=run.pk).update(dispatched_at=Now() - timedelta(seconds=seconds))


def test_reasons_are_in_the_language_of_whoever_asked_for_the_run(queued_run, sent):
    first = queued_run(requested_by=make_user(language="zh-hans"))
    second = queued_run(after=first, requested_by=make_user(language="en"))
    Run.objects.filter(pk=first.pk).update(max_attempts=1)
    claim_run(run_id=first.public_id, worker="one")
    expire(first)
    requeue_stale_runs()
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.reason == "执行进程 1 次无故消失，因此放弃了此运行。"
    assert second.reason.startswith("It was to start after")
