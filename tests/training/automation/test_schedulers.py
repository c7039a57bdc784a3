"""Real processes on the database of the test: two schedulers at once, and one that is killed."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from tests.stack import url_of_test_database
from tests.training.automation.scheduling import make_recipe, schedule_of
from training.automation.beat import look_at_schedules
from training.models import Round, Schedule, ScheduleCheck, ScheduleOutcome

ROOT = Path(__file__).resolve().parents[3]
N_SCHEDULES = 12
N_SCHEDULERS = 2
WAIT_SECONDS = 60

BEAT = """
import pathlib, sys, time
import django
django.setup()
from training.automation.beat import look_at_schedules
ready, go = map(pathlib.Path, sys.argv[1:])
ready.touch()
while not go.exists():
    time.sleep(0.005)
for _beat in range(3):
    look_at_schedules()
"""
BEAT_THAT_STOPS = """
import pathlib, sys, time
import django
django.setup()
from training.automation import beat, looking
start_round = looking.start_round
def start_and_stop(**given):
    begun = start_round(**given)
    pathlib.Path(sys.argv[1]).touch()
    time.sleep(120)
    return begun
looking.start_round = start_and_stop
beat.look_at_schedules()
"""


def run_program(program, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "ACCORD_DATA_DIR": str(settings.ACCORD_DATA_DIR),
            "DATABASE_URL": url_of_test_database(),
        },
    )


def wait_for(path, process):
    end = time.monotonic() + WAIT_SECONDS
    while not path.exists():
        assert process.poll() is None, "it ended by itself"
        assert time.monotonic() < end, f"{path.name} never came"
        time.sleep(0.02)


def make_due(n):
    """Schedules that came due an hour ago, each of a recipe of its own."""
    for number in range(n):
        schedule_of(make_recipe(), name=f"Due {number}", trigger="calendar", rule="0 0 1 1 *")
    Schedule.objects.update(next_due_at=timezone.now() - timedelta(hours=1))
    # Nothing is due since the rule's last time, so what is due now is said as well.
    Schedule.objects.update(due_at=timezone.now() - timedelta(hours=1))


@pytest.mark.slow
def test_two_schedulers_at_once_start_each_due_time_once(transactional_db, tmp_path):
    make_due(N_SCHEDULES)
    connection.close()
    go = tmp_path / "go"
    processes = [
        (run_program(BEAT, tmp_path / f"ready-{n}", go), tmp_path / f"ready-{n}")
        for n in range(N_SCHEDULERS)
    ]
    for process, ready in processes:
        wait_for(ready, process)
    go.touch()
    assert [process.wait(WAIT_SECONDS) for process, _ready in processes] == [0] * N_SCHEDULERS
    assert Round.objects.count() == N_SCHEDULES
    started = ScheduleCheck.objects.filter(outcome=ScheduleOutcome.STARTED)
    assert started.values("schedule").distinct().count() == started.count() == N_SCHEDULES


@pytest.mark.slow
def test_a_scheduler_killed_at_its_worst_moment_leaves_one_round(transactional_db, tmp_path):
    make_due(1)
    connection.close()
    stopped = tmp_path / "stopped"
    process = run_program(BEAT_THAT_STOPS, stopped)
    wait_for(stopped, process)  # the round is written, and nothing is committed
    process.send_signal(signal.SIGKILL)
    process.wait(WAIT_SECONDS)
    assert not Round.objects.exists()
    assert not ScheduleCheck.objects.exists()
    look_at_schedules()
    look_at_schedules()
    assert Round.objects.count() == 1
    assert ScheduleCheck.objects.get(outcome=ScheduleOutcome.STARTED).round == Round.objects.get()
