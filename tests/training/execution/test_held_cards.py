"""One run at a time on a card, until the last process that was on it is gone."""

import subprocess
import sys

import pytest
from django.utils import timezone

from training.execution.held_cards import cards_of, held
from training.models import Run, RunState, Worker
from training.tasks import execute_run


def test_a_card_is_held_once_and_two_cards_side_by_side():
    with held(["card-a"]) as files:
        assert len(files) == 1
        with held(["card-a"]) as again:
            assert again is None
        with held(["card-b", "card-a"]) as some:
            assert some is None
        with held(["card-b"]) as other:
            assert len(other) == 1
    with held(["card-b", "card-a"]) as free:
        assert len(free) == 2
    with held([]) as none:
        assert none == []


def test_what_fails_while_a_card_is_held_is_not_mistaken_for_another_holder():
    with pytest.raises(BlockingIOError), held(["card-a"]):
        raise BlockingIOError
    with held(["card-a"]) as files:
        assert files is not None


def test_a_card_stays_held_by_the_child_that_outlives_its_worker():
    with held(["card-a"]) as files:
        child = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=files
        )
    with held(["card-a"]) as again:
        assert again is None
    child.communicate(b"\n")
    with held(["card-a"]) as again:
        assert again is not None


@pytest.mark.django_db(transaction=True)
def test_a_worker_whose_card_is_taken_leaves_the_run_in_the_queue(queued_run):
    run = queued_run()
    card = {"kind": "cuda", "name": "Card", "memory_mib": None, "uuid": "card-a"}
    Worker.objects.create(name="training", devices=[card], heartbeat_at=timezone.now())
    assert cards_of("training") == ["card-a"]
    assert cards_of("nobody") == []
    with held(["card-a"]):
        execute_run(str(run.public_id))
    run.refresh_from_db()
    assert (run.state, run.dispatched_at) == (RunState.QUEUED, None)
    assert not Run.objects.filter(state=RunState.RUNNING).exists()
