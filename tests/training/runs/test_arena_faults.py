"""Killed with -9 while a checkpoint answers for an arena: one set of meetings, finished once."""

import random
import time
from datetime import timedelta

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.db.models.functions import Now

from annotate.arena.next_meetings import AHEAD
from annotate.models import Arena, ArenaState, Comparison, Completion, Entry
from annotate.work.claims import STALE_SECONDS
from tests.annotate.arena.arenas import NEARLY_ALL, make_answered
from tests.stack import Stack, empty_broker, end_the_database
from training.models import Run, RunState
from training.runs import dispatch
from training.runs.arena_runs import open_checkpoint_arena
from training.tasks import reap_runs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PROGRAMS = ("default", "training", "scheduler")
SECONDS = 200
N_PROMPTS = 60


@pytest.fixture
def stack(transactional_db):
    """Two workers and the scheduler; each test starts them."""
    stack = Stack()
    empty_broker(stack.data_dir)
    try:
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def arena(tiny_base) -> Arena:
    """A checkpoint, its copy, and a model whose answers are there."""
    made, _runs = open_checkpoint_arena(
        project=make_answered(N_PROMPTS, ("imported",)),
        name="Faults",
        checkpoints=[tiny_base],
        origins=["imported"],
        with_copy=True,
        n_prompts=N_PROMPTS,
        target=1000,
        eval_share=NEARLY_ALL,
        settings={"max_new_tokens": 48, "temperature": 1.0},
    )
    return made


@pytest.fixture(autouse=True)
def impatience(monkeypatch):
    """Lost messages are sent again after two seconds, not after a minute."""
    monkeypatch.setattr(dispatch, "REDELIVER_SECONDS", 2)


def look(arena: Arena) -> None:
    """What the scheduler does every 15 seconds; a lease runs out after 30 of silence, not 90."""
    silent = Run.objects.filter(
        state=RunState.RUNNING, lease_until__lt=Now() + timedelta(seconds=STALE_SECONDS - 30)
    )
    silent.update(lease_until=Now() - timedelta(seconds=1))
    reap_runs()
    arena.refresh_from_db()


def wait_for_meetings(arena: Arena, disturb) -> None:
    deadline = time.monotonic() + SECONDS
    while arena.meetings.count() < AHEAD:
        assert time.monotonic() < deadline, list(Run.objects.values("state", "attempt", "log"))
        try:
            disturb()
            look(arena)
        except (OperationalError, InterfaceError):
            connection.close()  # the database was killed
        time.sleep(1)


def assert_done_once(arena: Arena, stack: Stack) -> None:
    time.sleep(12)  # the scheduler looks at arenas every ten seconds
    arena.refresh_from_db()
    run = Run.objects.get()
    assert (arena.state, run.state) == (ArenaState.OPEN, RunState.SUCCEEDED), run.log
    assert list(run.attempts.values_list("ending", flat=True)).count("succeeded") == 1
    assert arena.contestants.filter(answered_at=None).count() == 0
    numbers = list(arena.meetings.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, AHEAD + 1))
    assert Comparison.objects.count() == AHEAD
    n_left_out = run.summary["arena"]["n_left_out"]
    assert Entry.objects.count() == 3 * N_PROMPTS - n_left_out
    written = Completion.objects.exclude(origin="imported")
    assert written.count() == written.values("prompt", "digest").distinct().count()
    entered = Entry.objects.filter(contestant__origin=run.base.digest)
    assert set(entered.values_list("completion", flat=True)) == set(
        written.values_list("pk", flat=True)
    )


def test_workers_scheduler_and_messages_lost_again_and_again_leave_one_set(stack, arena):
    chance = random.Random(3)
    # A run is given up after three attempts, so its worker dies twice.
    faults = [*["training"] * 2, *["default"] * 3, *["scheduler"] * 2, *["messages"] * 2]
    chance.shuffle(faults)
    for name in PROGRAMS:
        stack.start(name)

    def lose_one() -> None:
        if not faults:
            return
        time.sleep(chance.uniform(0, 2))
        name = faults.pop()
        if name == "messages":
            empty_broker(stack.data_dir)
        else:
            stack.kill(name)
            stack.start(name)

    wait_for_meetings(arena, lose_one)
    assert_done_once(arena, stack)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no process to kill")
def test_a_database_killed_while_answers_are_entered_leaves_one_set(stack, arena):
    for name in PROGRAMS:
        stack.start(name)
    kills = [0]

    def kill_the_database() -> None:
        run = Run.objects.get()
        if kills[0] < 2 and (run.state == RunState.RUNNING or Entry.objects.count() > N_PROMPTS):
            kills[0] += 1
            end_the_database()

    wait_for_meetings(arena, kill_the_database)
    assert kills[0] == 2
    assert_done_once(arena, stack)
