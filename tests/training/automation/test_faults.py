"""Whatever is killed with -9, and whenever: one round, each step's result once, finished once."""

import random
import time
from datetime import timedelta

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.db.models.functions import Now

from tests.stack import Stack, empty_broker, end_the_database
from tests.training.automation.rounds import begin, make_recipe
from tests.training.conftest import QUICK
from training.models import (
    Checkpoint,
    Evaluation,
    Round,
    RoundState,
    RoundStep,
    Run,
    RunState,
    Snapshot,
)
from training.runs import dispatch
from training.tasks import reap_runs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PROGRAMS = ("default", "long", "training", "scheduler")
SECONDS = 240


@pytest.fixture
def stack(transactional_db):
    """The workers and the scheduler; each test starts them."""
    stack = Stack()
    empty_broker(stack.data_dir)
    try:
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def begun(judged_project, tiny_base) -> Round:
    steps = [
        {"do": "freeze", "selection": {"eval_share": 0.2}},
        {
            "do": "train",
            "method": "sft",
            "on": "step:1",
            "start": f"checkpoint:{tiny_base.public_id}",
            "settings": {**QUICK, "epochs": 20, "save_every_seconds": 0.5},
        },
        {
            "do": "evaluate",
            "checkpoint": "step:2",
            "on": "step:1",
            "settings": {"n_prompts": 2, "max_new_tokens": 4, "safety": False, "device": "cpu"},
        },
        {"do": "propose", "candidate": "step:2"},
    ]
    return begin(make_recipe(judged_project(), tiny_base, steps=steps))


@pytest.fixture(autouse=True)
def impatience(monkeypatch):
    """Lost messages are sent again after two seconds, not after a minute."""
    monkeypatch.setattr(dispatch, "REDELIVER_SECONDS", 2)


def look(begun: Round) -> None:
    """What the scheduler does every 15 seconds, with all leases run out: nobody waits for them."""
    long_ago = Now() - timedelta(seconds=1000)
    RoundStep.objects.filter(state="running", run=None).update(heartbeat_at=long_ago)
    RoundStep.objects.filter(state="queued").update(started_at=long_ago)
    reap_runs()
    begun.refresh_from_db()


def wait_for_the_end(begun: Round, disturb=lambda: None) -> None:
    deadline = time.monotonic() + SECONDS
    while begun.state == RoundState.RUNNING:
        assert time.monotonic() < deadline, list(begun.steps.values("number", "state", "reason"))
        try:
            disturb()
            look(begun)
        except (OperationalError, InterfaceError):
            connection.close()  # the database was killed
        time.sleep(1)


def assert_done_once(begun: Round) -> None:
    assert begun.state == RoundState.SUCCEEDED, begun.reason
    assert Round.objects.count() == 1
    assert set(begun.steps.values_list("state", flat=True)) == {"succeeded"}
    assert Snapshot.objects.count() == 1
    assert sorted(Run.objects.values_list("kind", "state")) == [
        ("evaluate", RunState.SUCCEEDED),
        ("train", RunState.SUCCEEDED),
    ]
    assert Checkpoint.objects.filter(run__isnull=False, is_final=True).count() == 1
    assert Evaluation.objects.filter(run__kind="evaluate").count() == 1


def test_workers_and_scheduler_killed_again_and_again_leave_one_round(stack, begun):
    chance = random.Random(connection.vendor)  # who dies when is another story on each database
    # A run is given up after three attempts, so its worker dies twice.
    deaths = [*["default"] * 2, *["long"] * 3, *["scheduler"] * 3, *["training"] * 2]
    chance.shuffle(deaths)
    for name in PROGRAMS:
        stack.start(name)

    def kill_one() -> None:
        if deaths:
            time.sleep(chance.uniform(0, 1.5))
            name = deaths.pop()
            stack.kill(name)
            stack.start(name)

    wait_for_the_end(begun, kill_one)
    finished_at = begun.finished_at
    look(begun)
    assert begun.finished_at == finished_at
    assert_done_once(begun)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no process to kill")
def test_a_database_killed_in_the_middle_leaves_one_round(stack, begun):
    for name in PROGRAMS:
        stack.start(name)
    kills = [0]

    def kill_the_database() -> None:
        if (
            kills[0] < 3
            and begun.steps.filter(number=kills[0] + 1).exclude(state="waiting").exists()
        ):
            kills[0] += 1
            end_the_database()

    wait_for_the_end(begun, kill_the_database)
    assert kills[0] == 3
    assert_done_once(begun)
