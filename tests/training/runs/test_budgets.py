"""Limits hold whoever is quick, and the machines are shared as priorities say."""

import threading
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connections
from django.db.models.functions import Now
from django.utils import timezone

from tests.bells import listen
from tests.training.conftest import freeze
from training.errors import BudgetRefused
from training.models import Attempt, Budget, Run, RunState
from training.runs import dispatch
from training.runs.budgets import budget_use, set_budget, used_seconds
from training.runs.claimed import claim_next, claim_run, fail_run
from training.runs.dispatch import dispatch_waiting_runs
from training.runs.order import in_order, startable
from training.runs.queue import queue_run

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def sent(monkeypatch) -> list[str]:
    return listen(monkeypatch, dispatch.EXECUTE)


@pytest.fixture
def queue_on(tiny_base):
    def queue(snapshot, n: int = 1) -> list[Run]:
        return [
            queue_run(method="sft", snapshot=snapshot, base=tiny_base, settings={"max_length": 64})
            for _number in range(n)
        ]

    return queue


@pytest.fixture
def snapshots(judged_project):
    """Of two projects, and of both together."""
    from training.models import Installation

    first = judged_project(6)
    Installation.objects.all().delete()
    second = judged_project(6)
    return [freeze(first, eval_share=0), freeze(second, eval_share=0), freeze(first, second)]


def used(run: Run, lasted: timedelta, *, ago: timedelta = HOUR, n_devices: int = 1) -> None:
    """Let it have run for so long, and have ended so long ago."""
    Run.objects.filter(pk=run.pk).update(
        state=RunState.SUCCEEDED, needs={**run.needs, "n_devices": n_devices}
    )
    Attempt.objects.create(
        run=run,
        number=1,
        token=run.public_id,
        worker="here",
        start="queued",
        ending="succeeded",
        started_at=Now() - ago - lasted,
        ended_at=Now() - ago,
    )


def test_a_run_is_charged_to_the_one_project_that_it_is_of(snapshots, queue_on):
    first, second, both = (queue_on(snapshot)[0] for snapshot in snapshots)
    assert first.charged_to == snapshots[0].projects.get()
    assert second.charged_to == snapshots[1].projects.get()
    assert both.charged_to is None


def test_machine_seconds_are_those_of_the_last_seven_days(snapshots, queue_on):
    runs = queue_on(snapshots[0], 4)
    project = snapshots[0].projects.get()
    used(runs[0], 2 * HOUR)
    used(runs[1], HOUR, n_devices=4)
    used(runs[2], 3 * HOUR, ago=timedelta(days=7) - HOUR)  # two of them lie before
    used(runs[3], HOUR, ago=timedelta(days=8))
    assert budget_use(project).seconds == pytest.approx((2 + 4 + 1) * 3600, abs=2)
    assert used_seconds(timedelta(days=1)) == {project.pk: pytest.approx(6 * 3600, abs=2)}


def test_a_project_that_has_used_up_its_time_waits_and_others_do_not(snapshots, queue_on):
    done, waiting = queue_on(snapshots[0], 2)
    (other,) = queue_on(snapshots[1])
    project = snapshots[0].projects.get()
    used(done, 2 * HOUR)
    set_budget(project=project, weekly_seconds=7200, most_runs=None, priority=1)
    assert list(startable()) == [other]
    assert claim_run(run_id=waiting.public_id, worker="here") is None
    assert "used up" in budget_use(project).why_waiting
    set_budget(project=project, weekly_seconds=7201 + 60, most_runs=None, priority=1)
    assert claim_run(run_id=waiting.public_id, worker="here") is not None


def quiet_now(project, *, is_now: bool = True) -> None:
    """Quiet hours that hold now, or that have just ended, in a zone far from here."""
    here = timezone.now().astimezone(ZoneInfo("Asia/Kathmandu"))
    start = here - timedelta(hours=2)
    end = here + (timedelta(hours=2) if is_now else timedelta(minutes=-1))
    set_budget(
        project=project,
        weekly_seconds=None,
        most_runs=None,
        priority=1,
        quiet_from=start.time(),
        quiet_until=end.time(),
        time_zone="Asia/Kathmandu",
    )


def test_in_its_quiet_hours_no_run_of_a_project_begins_and_others_do(snapshots, queue_on):
    (first,), (second,) = queue_on(snapshots[0]), queue_on(snapshots[1])
    quiet_now(first.charged_to)
    assert claim_run(run_id=first.public_id, worker="here") is None
    assert "quiet hours" in budget_use(first.charged_to).why_waiting
    assert "Asia/Kathmandu" in budget_use(first.charged_to).why_waiting
    assert claim_next(worker="here") == second
    quiet_now(first.charged_to, is_now=False)
    assert budget_use(first.charged_to).why_waiting == ""
    assert claim_next(worker="here") == first


def test_quiet_hours_of_a_zone_that_this_machine_lost_keep_nothing_waiting(snapshots, queue_on):
    (run,) = queue_on(snapshots[0])
    quiet_now(run.charged_to)
    Budget.objects.update(time_zone="US/Moon")
    assert claim_next(worker="here") == run


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        ({"quiet_from": time(22)}, "quiet_until", None),
        ({"quiet_until": time(6)}, "quiet_from", None),
        ({"quiet_from": time(22), "quiet_until": time(22)}, "quiet_until", "22:00:00"),
        ({"time_zone": "Moon"}, "time_zone", "Moon"),
    ],
)
def test_quiet_hours_that_are_none_are_refused(snapshots, given, field, value):
    project = snapshots[0].projects.get()
    with pytest.raises(BudgetRefused) as refused:
        set_budget(project=project, weekly_seconds=None, most_runs=None, priority=1, **given)
    assert (refused.value.field, refused.value.value) == (field, value)
    assert not Budget.objects.exists()


def test_no_more_runs_begin_at_once_than_allowed_however_many_workers_there_are(
    snapshots, queue_on
):
    runs, project = queue_on(snapshots[0], 6), snapshots[0].projects.get()
    set_budget(project=project, weekly_seconds=None, most_runs=2, priority=1)
    taken = []

    def work(run: Run) -> None:
        if claimed := claim_run(run_id=run.public_id, worker="here"):
            taken.append(claimed)
        connections.close_all()

    threads = [threading.Thread(target=work, args=[run]) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 2
    assert Run.objects.filter(state=RunState.RUNNING).count() == 2
    fail_run(run=taken[0], reason="It broke.")
    assert claim_next(worker="here") is not None
    assert claim_next(worker="here") is None


def test_the_end_of_a_run_rings_for_the_next_of_a_project_that_was_full(snapshots, queue_on, sent):
    first, second = queue_on(snapshots[0], 2)
    set_budget(project=first.charged_to, weekly_seconds=None, most_runs=1, priority=1)
    claimed = claim_run(run_id=first.public_id, worker="here")
    Run.objects.filter(pk=second.pk).update(dispatched_at=None)
    sent.clear()
    assert dispatch_waiting_runs() == 0
    fail_run(run=claimed, reason="It broke.")
    assert sent == [str(second.public_id)]


def test_whoever_had_least_is_next_as_priorities_divide(snapshots, queue_on):
    busy, *waiting = queue_on(snapshots[0], 2)
    rare, later = queue_on(snapshots[1], 2)
    used(busy, 2 * HOUR)
    assert list(in_order(startable())) == [rare, later, *waiting]
    used(rare, HOUR)
    assert list(in_order(startable())) == [later, *waiting]
    set_budget(project=busy.charged_to, weekly_seconds=None, most_runs=None, priority=3)
    assert list(in_order(startable())) == [*waiting, later]  # 40 minutes against 60


def test_many_runs_of_one_project_do_not_keep_another_waiting(snapshots, queue_on):
    """Two priorities, one worker, runs of equal length: each gets its share from the start."""
    first, second = queue_on(snapshots[0], 12), queue_on(snapshots[1], 12)
    set_budget(project=first[0].charged_to, weekly_seconds=None, most_runs=None, priority=2)
    begun = []
    for _turn in range(12):
        run = claim_next(worker="here")
        begun.append(run.charged_to)
        fail_run(run=run, reason="It broke.")
        run.attempts.update(started_at=Now() - 2 * HOUR, ended_at=Now() - HOUR)
    assert begun.count(first[0].charged_to) == 8
    assert begun.count(second[0].charged_to) == 4
    assert begun[:3].count(second[0].charged_to) == 1


def test_what_was_interrupted_keeps_its_place_before_everybody(snapshots, queue_on):
    (interrupted,) = queue_on(snapshots[0])
    claimed = claim_run(run_id=interrupted.public_id, worker="here")
    younger = queue_on(snapshots[1], 3)
    dispatch.requeue_runs_of("here")
    assert list(in_order(startable())) == [interrupted, *younger]
    assert claimed is not None


@pytest.mark.parametrize(
    ("field", "value"),
    [("priority", 0), ("priority", 101), ("most_runs", 0), ("weekly_seconds", -1)],
)
def test_a_budget_out_of_range_is_refused(snapshots, field, value):
    values = {"weekly_seconds": None, "most_runs": None, "priority": 1, field: value}
    with pytest.raises(BudgetRefused) as refused:
        set_budget(project=snapshots[0].projects.get(), **values)
    assert (refused.value.field, refused.value.value) == (field, value)
    assert not Budget.objects.exists()
