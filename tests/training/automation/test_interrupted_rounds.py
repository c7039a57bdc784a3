"""Whoever is killed, or comes twice: each step is done once, and the round ends once."""

import threading
from datetime import timedelta

import pytest
from django.db import DataError, IntegrityError, OperationalError, connections, transaction
from django.db.models.functions import Now

from annotate.work.claims import ClaimLost
from tests.training.automation.rounds import (
    begin,
    go_on,
    make_recipe,
    present,
    states,
    succeed,
)
from training.automation import advancing, step_work
from training.automation.advancing import DO_STEP, advance_round, advance_rounds
from training.automation.rounds import cancel_round
from training.automation.step_work import claim_step, do_step
from training.errors import RoundUnderWay
from training.models import Round, RoundState, RoundStep, Run, Snapshot
from training.snapshots import freezing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bells")]


def threads_of(act, n: int) -> list[Exception | None]:
    """The act at once in so many threads, and what each raised."""
    raised: list[Exception | None] = []

    def work() -> None:
        try:
            act()
        except Exception as error:
            raised.append(error)
        else:
            raised.append(None)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _number in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def silent(step: RoundStep) -> None:
    """Let its worker have been silent for long."""
    RoundStep.objects.filter(pk=step.pk).update(heartbeat_at=Now() - timedelta(seconds=1000))


def test_of_many_who_start_at_once_one_does(recipe):
    raised = threads_of(lambda: begin(recipe), 6)
    assert raised.count(None) == 1
    assert {type(error) for error in raised if error} == {RoundUnderWay}
    assert Round.objects.count() == 1


def test_looking_again_begins_nothing_twice(recipe, bells):
    begun = begin(recipe)
    for _look in range(3):
        advance_round(begun.pk)
    assert bells[DO_STEP] == [present(begun).pk]
    go_on(begun)
    assert threads_of(lambda: advance_round(begun.pk), 6) == [None] * 6
    assert Run.objects.count() == 1
    step = begun.steps.get(number=2)
    assert (step.state, step.run) == ("running", Run.objects.get())


def test_a_round_that_the_database_refuses_to_advance_holds_up_no_other(recipe, bells, monkeypatch):
    other = make_recipe(recipe.project, None, name="Sound", steps=[{"do": "freeze"}])
    broken, sound = begin(recipe), begin(other)

    def failing(error):
        def advance(pk):
            if pk == broken.pk:
                raise error
            advance_round(pk)

        monkeypatch.setattr(advancing, "advance_round", advance)

    failing(DataError("value too long"))
    advance_rounds()
    assert states(sound) == ["queued"]
    failing(OperationalError("server closed the connection unexpectedly"))
    with pytest.raises(OperationalError):
        advance_rounds()


def test_killed_before_it_was_written_down_a_step_is_begun_again_once(recipe, monkeypatch):
    begun = begin(recipe)
    with monkeypatch.context() as patched:
        patched.setattr(step_work, "advance_round", lambda _pk: None)
        go_on(begun)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        advance_round(begun.pk)
        assert Run.objects.count() == 1
        raise KeyboardInterrupt  # before the database has it for good
    assert not Run.objects.exists()
    for _look in range(2):
        advance_rounds()
    assert begun.steps.get(number=2).run == Run.objects.get()


def test_the_end_of_a_run_rings_for_its_round(recipe, bells):
    begun = begin(recipe)
    go_on(begun)
    advance_round(begun.pk)
    bells["training.tasks.advance_round"].clear()
    succeed(present(begun).run)
    assert bells["training.tasks.advance_round"] == [begun.pk]


def test_a_round_that_is_cancelled_while_it_freezes_gets_no_snapshot(recipe, monkeypatch):
    begun = begin(recipe)
    advance_round(begun.pk)
    record = freezing._record_snapshot

    def cancelled_meanwhile(*arguments):
        cancel_round(round_id=begun.public_id)
        return record(*arguments)

    monkeypatch.setattr(freezing, "_record_snapshot", cancelled_meanwhile)
    do_step(present(begun).pk)
    assert not Snapshot.objects.exists()
    begun.refresh_from_db()
    assert begun.state == RoundState.CANCELLED
    assert states(begun) == ["cancelled"] * 6


def test_a_worker_that_was_taken_for_dead_freezes_nothing_twice(recipe, monkeypatch):
    begun = begin(recipe)
    advance_round(begun.pk)
    step = present(begun)
    record = freezing._record_snapshot
    heirs: list[int] = []

    def overtaken(*arguments):
        if not heirs:
            heirs.append(step.pk)
            silent(step)
            do_step(step.pk)  # another worker is faster
        return record(*arguments)

    monkeypatch.setattr(freezing, "_record_snapshot", overtaken)
    do_step(step.pk)
    step.refresh_from_db()
    assert Snapshot.objects.get() == step.snapshot
    assert (step.state, step.attempt) == ("succeeded", 2)


def test_what_was_frozen_before_a_kill_is_frozen_again_to_the_same_digest(recipe, monkeypatch):
    begun = begin(recipe)
    advance_round(begun.pk)
    step = present(begun)
    store, digests = freezing._store, []

    def killed(frozen, sha256):
        digests.append(frozen.digest)
        if len(digests) == 1:
            raise KeyboardInterrupt
        return store(frozen, sha256)

    monkeypatch.setattr(freezing, "_store", killed)
    with pytest.raises(KeyboardInterrupt):
        do_step(step.pk)
    do_step(step.pk)  # it is still held, as far as anybody knows
    assert len(digests) == 1
    silent(step)
    assert advancing.forgotten_steps() == [step.pk]
    do_step(step.pk)
    assert digests[0] == digests[1] == Snapshot.objects.get().digest


def test_a_step_whose_worker_dies_each_time_is_given_up(recipe):
    begun = begin(recipe)
    advance_round(begun.pk)
    step = present(begun)
    for _death in range(5):
        assert claim_step(step.pk) is not None
        silent(step)
    do_step(step.pk)
    begun.refresh_from_db()
    assert begun.reason == (
        "Step 1 (freeze a snapshot): Given up after 5 attempts that were cut short."
    )
    assert not Snapshot.objects.exists()


def test_a_message_that_comes_twice_finds_the_step_held(recipe):
    begun = begin(recipe)
    advance_round(begun.pk)
    claim = claim_step(present(begun).pk)
    assert claim is not None
    assert claim_step(claim.row.pk) is None
    cancel_round(round_id=begun.public_id)
    with pytest.raises(ClaimLost):
        claim.write()


def test_a_step_whose_message_was_lost_is_rung_for_again(recipe, bells):
    begun = begin(recipe)
    advance_round(begun.pk)
    step = present(begun)
    bells[DO_STEP].clear()
    advance_rounds()
    assert bells[DO_STEP] == []  # it is on its way
    RoundStep.objects.filter(pk=step.pk).update(started_at=Now() - timedelta(seconds=60))
    advance_rounds()
    assert bells[DO_STEP] == [step.pk]


def test_the_database_itself_keeps_rounds_apart(recipe):
    begun = begin(recipe)
    with pytest.raises(IntegrityError), transaction.atomic():
        Round.objects.create(recipe=recipe, version=begun.version, number=2, trigger="hand")
    with pytest.raises(IntegrityError), transaction.atomic():
        RoundStep.objects.create(round=begun, number=1, kind="freeze")
    with pytest.raises(IntegrityError), transaction.atomic():
        Round.objects.filter(pk=begun.pk).update(state="failed")
