"""Real workers on the embedded broker: killed, frozen, and with their messages lost."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models.functions import Now

from config.programs import worker
from tests.stack import ROOT, Stack, empty_broker
from tests.training.execution.test_runner import LONG, carry_out, child_of, wait_for, weights_of
from training.models import Checkpoint, Evaluation, Run, RunState
from training.runs import dispatch
from training.runs.queue import request_cancel
from training.runs.workers import live_workers
from training.tasks import reap_runs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def workers(transactional_db):
    """The programs of Accord, none of them started."""
    stack = Stack()
    empty_broker(stack.data_dir)
    try:
        yield stack
    finally:
        stack.stop()


def is_over(run: Run) -> bool:
    run.refresh_from_db()
    return run.state not in (RunState.QUEUED, RunState.RUNNING)


def expire(run: Run) -> None:
    """Let the time of the lease have passed."""
    Run.objects.filter(pk=run.pk).update(lease_until=Now() - timedelta(seconds=1))


def is_over_in_the_end(run: Run) -> bool:
    """As `is_over`, with the reaper at work as the scheduler has it."""
    reap_runs()
    return is_over(run)


@pytest.fixture(autouse=True)
def impatience(monkeypatch):
    """Messages are sent again after two seconds, not after a minute."""
    monkeypatch.setattr(dispatch, "REDELIVER_SECONDS", 2)


def noticed(log: str) -> bool:
    """Whether a worker saw that its run is lost: by its claim, or by a connection cut meanwhile."""
    return "belongs to somebody else" in log or "could not be carried out" in log


def state_of(pid: int) -> str:
    """The letter of a process's state: T is stopped, Z has ended; nothing if it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
            return stat.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def is_alive(pid: int) -> bool:
    return state_of(pid) not in ("", "Z")


def freeze(pid: int) -> None:
    """Stop a process, but not within a write: on SQLite it would keep everybody from writing."""
    with transaction.atomic():  # begun as a write
        os.kill(pid, signal.SIGSTOP)
        wait_for(lambda: state_of(pid) == "T")


def test_a_worker_killed_in_the_middle_changes_no_bit_of_the_result(workers, queued_run):
    whole = carry_out(queued_run(**LONG))
    run = queued_run(**LONG)
    Run.objects.filter(pk=run.pk).update(snapshot=whole.snapshot)
    workers.start("training")
    wait_for(run.checkpoints.filter(step__gt=0).exists)
    child = child_of(run)
    workers.kill("training")
    wait_for(lambda: not is_alive(child), seconds=15)  # its standard input has closed

    workers.start("training")  # it finds what it left behind, without waiting for the lease
    wait_for(lambda: is_over(run), seconds=120)
    assert (run.state, run.attempt) == (RunState.SUCCEEDED, 2), run.log
    assert endings(run) == [("queued", "lost"), ("again", "succeeded")]
    assert weights_of(run) == weights_of(whole)
    assert Checkpoint.objects.filter(run=run, is_final=True).count() == 1
    assert Evaluation.objects.filter(run=run).count() == 1


def endings(run: Run) -> list[tuple[str, str]]:
    """How each attempt of the run began and ended."""
    return list(run.attempts.order_by("number").values_list("start", "ending"))


def test_a_run_killed_with_its_worker_keeps_its_place_before_six_younger_ones(workers, queued_run):
    killed = queued_run(**{**LONG, "epochs": 30})
    younger = [queued_run(epochs=1) for _run in range(6)]
    workers.start("training")
    wait_for(killed.checkpoints.filter(step__gt=0).exists)
    workers.kill("training")
    workers.start("training")
    wait_for(lambda: is_over_in_the_end(younger[0]), seconds=240)
    finished = Run.objects.filter(state=RunState.SUCCEEDED).order_by("finished_at")
    assert list(finished)[:2] == [killed, younger[0]]
    killed.refresh_from_db()
    assert killed.attempt == 2


def test_a_frozen_worker_wakes_up_to_a_run_that_is_somebody_elses(workers, queued_run):
    run = queued_run(**{**LONG, "epochs": 60})  # it only has to last until the worker is frozen
    workers.start("training")
    wait_for(run.metrics.filter(phase="train").exists)
    frozen = workers.services["training"].process.pid
    freeze(frozen)
    expire(run)
    reap_runs()
    run.refresh_from_db()
    assert run.state == RunState.QUEUED

    command = [name.replace("training@%h", "other@%h") for name in worker("training", threads=1)]
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=workers.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as other:
        try:
            # A broker may hand the message to the frozen worker, so it is sent more than once.
            wait_for(lambda: is_over_in_the_end(run), seconds=120)
            assert run.state == RunState.SUCCEEDED, run.log
            assert run.worker.startswith("other@")
            result = Run.objects.filter(pk=run.pk).values().get()
            metrics = list(run.metrics.order_by("pk").values())
            os.kill(frozen, signal.SIGCONT)
            wait_for(lambda: noticed(workers.log("training")))
            time.sleep(1)
        finally:
            other.terminate()
    assert Run.objects.filter(pk=run.pk).values().get() == result
    assert list(run.metrics.order_by("pk").values()) == metrics
    assert Checkpoint.objects.filter(run=run, is_final=True).count() == 1


def test_a_run_whose_message_was_lost_is_delivered_again(workers, queued_run):
    run = queued_run()
    empty_broker(workers.data_dir)
    workers.start("training")
    wait_for(live_workers().exists)
    wait_for(lambda: is_over_in_the_end(run), seconds=60)
    assert (run.state, run.attempt) == (RunState.SUCCEEDED, 1), run.log


def test_a_worker_that_is_asked_to_stop_gives_its_run_back_saved(workers, queued_run):
    run = queued_run(**LONG)
    workers.start("training")
    wait_for(run.metrics.filter(phase="train").exists)
    process = workers.services["training"].process
    process.terminate()
    process.wait(30)
    run.refresh_from_db()
    assert (run.state, run.attempt) == (RunState.QUEUED, 1)
    assert endings(run) == [("queued", "stopped")]
    assert run.checkpoints.filter(is_final=False, step=run.step).exists()


def test_cancel_reaches_a_run_in_a_worker_within_ten_seconds(workers, queued_run):
    run = queued_run(**LONG)
    workers.start("training")
    wait_for(run.metrics.filter(phase="train").exists)
    child, asked_at = child_of(run), time.monotonic()
    request_cancel(run_id=run.public_id)
    wait_for(lambda: is_over(run))
    assert time.monotonic() - asked_at < 10
    assert run.state == RunState.CANCELLED
    wait_for(lambda: not is_alive(child), seconds=2)
