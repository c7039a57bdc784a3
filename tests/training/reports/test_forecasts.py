"""What a run will take once it goes, with how far off that is, and what it took in the end."""

from datetime import timedelta

import pytest
from django.utils import timezone

from training.models import Attempt, Run, RunState
from training.reports.curves import time_left
from training.reports.forecasts import pace_of, worked_seconds
from training.runs.claimed import claim_run, fail_run
from training.runs.queue import resume_run

pytestmark = pytest.mark.django_db(transaction=True)


def going(queued_run, paces: list[float], *, total: int) -> Run:
    """A run that has just logged a step, after those that took so many seconds each."""
    run = claim_run(run_id=queued_run().public_id, worker="w")
    at = timezone.now() - timedelta(seconds=sum(paces))
    for step, pace in enumerate([0.0, *paces], start=1):
        at += timedelta(seconds=pace)
        run.metrics.create(phase="train", step=step, logged_at=at, values={})
    run.phase, run.step, run.total_steps = "train", len(paces) + 1, total
    run.save()
    return run


def test_steps_of_one_length_leave_no_doubt_and_few_steps_no_range(queued_run):
    left = time_left(going(queued_run, [2.0] * 6, total=17))
    assert left.seconds == pytest.approx(20.0, abs=0.5)
    assert (left.low, left.high) == (left.seconds, left.seconds)
    few = time_left(going(queued_run, [2.0] * 4, total=17))
    assert (few.low, few.high) == (None, None)
    assert time_left(going(queued_run, [], total=17)) is None


def test_the_range_is_two_deviations_of_the_steps_to_come_and_of_their_pace(queued_run):
    left = time_left(going(queued_run, [1.0, 2.0, 3.0, 4.0, 5.0], total=16))
    # the median is 3, the median distance from it 1, ten steps are left
    error = 2 * 1.4826 * (10 + 100 / 5) ** 0.5
    assert left.seconds == pytest.approx(30.0, abs=0.5)
    assert left.high - left.seconds == pytest.approx(error)
    assert left.seconds - left.low == pytest.approx(error)


def test_the_gap_before_a_resume_is_neither_pace_nor_work(queued_run):
    left = time_left(going(queued_run, [2.0, 2.0, 90_000.0, 2.0, 2.0, 2.0], total=17))
    assert left.seconds == pytest.approx(20.0, abs=0.5)
    assert left.high == left.seconds


def test_a_resumed_run_is_as_long_as_its_attempts_together(queued_run):
    run = claim_run(run_id=queued_run().public_id, worker="w")
    fail_run(run=run, reason="It broke.")
    began = timezone.now() - timedelta(days=3)
    run.attempts.update(started_at=began, ended_at=began + timedelta(seconds=100))
    Run.objects.filter(pk=run.pk).update(started_at=began)
    resume_run(run_id=run.public_id)
    run = claim_run(run_id=run.public_id, worker="other")
    Attempt.objects.filter(run=run, number=2).update(
        started_at=timezone.now() - timedelta(seconds=40)
    )
    assert worked_seconds(run) == pytest.approx(140, abs=5)
    assert pace_of(run).seconds is None  # it has not logged a step yet
    run.state = RunState.SUCCEEDED
    assert pace_of(run).seconds == pytest.approx(140, abs=5)
