"""Rounds begin one at a time, go from step to step, and end once, whoever is killed meanwhile."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connections, transaction
from django.db.models.functions import Now

from alignment_core.configs import METHODS
from annotate.models import Project
from annotate.work.claims import ClaimLost
from tests.bells import listen
from tests.factories import make_admin
from tests.training.automation.rounds import (
    begin,
    dpo_steps,
    fail,
    go_on,
    make_recipe,
    present,
    states,
    succeed,
    to_the_end,
)
from training.artifacts.model_files import context_length
from training.automation import advancing, step_work
from training.automation.advancing import DO_STEP, advance_round, advance_rounds
from training.automation.recipes import change_steps, newest_version, pause_recipe
from training.automation.rounds import cancel_round, resume_round, start_round
from training.automation.shipped import add_shipped
from training.automation.step_work import claim_step, do_step
from training.errors import RecipePaused, RoundNotResumable, RoundOver, RoundUnderWay
from training.models import Alias, Checkpoint, Round, RoundState, RoundStep, Run, RunState, Snapshot
from training.runs.checks import fitting_context
from training.runs.claimed import claim_run
from training.runs.queue import request_cancel
from training.snapshots import freezing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def bells(monkeypatch) -> dict[str, list]:
    """Nobody is there to hear them: the tests do what the workers would."""
    tasks = ("training.tasks.advance_round", DO_STEP, "training.tasks.execute_run")
    return {task: listen(monkeypatch, task) for task in tasks}


@pytest.fixture
def recipe(judged_project, tiny_base):
    return make_recipe(judged_project(12), tiny_base)


def promote(checkpoint: Checkpoint, project: Project) -> None:
    Alias.objects.create(
        project=project,
        role="policy",
        name="champion",
        number=1,
        checkpoint=checkpoint,
        origin="before",
    )


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


def test_a_round_does_one_step_after_another_and_ends(recipe, bells):
    begun = begin(recipe)
    assert states(begun) == ["waiting"] * 6
    step = go_on(begun)
    assert (step.kind, step.state) == ("freeze", "succeeded")
    assert step.snapshot.cutoff_at == begun.started_at
    step = go_on(begun)
    assert (step.kind, step.state, step.run.method) == ("train", "succeeded", "dpo")
    assert step.run.settings["beta"] == 0.2
    assert step.run.snapshot == begun.steps.get(number=1).snapshot
    assert step.run.name == "DPO · 1 · DPO"
    measured = go_on(begun)
    assert measured.run.base == Checkpoint.objects.get(run=step.run)
    to_the_end(begun)
    assert (begun.state, begun.reason) == (RoundState.SUCCEEDED, "")
    assert states(begun) == [
        "succeeded",
        "succeeded",
        "succeeded",
        "skipped",
        "skipped",
        "succeeded",
    ]
    assert "nothing to compare with" in begun.steps.get(number=5).reason
    assert Run.objects.count() == 2
    assert Snapshot.objects.count() == 1


def test_the_champion_is_who_bore_the_name_when_the_round_began(recipe, tiny_base, bells):
    promote(tiny_base, recipe.project)
    begun = begin(recipe)
    assert begun.names == {"champion": str(tiny_base.public_id)}
    for _step in range(2):
        go_on(begun)
    Alias.objects.all().delete()
    wins = {f"{number:08d}/0": float(number % 2) for number in range(40)}
    advance_round(begun.pk)
    succeed(present(begun).run, wins=dict.fromkeys(wins, 1.0))
    advance_round(begun.pk)
    beside = present(begun)
    assert beside.run.base == tiny_base
    succeed(beside.run, wins=wins)
    to_the_end(begun)
    compared = begun.steps.get(number=5).result
    assert compared["champion"] == str(tiny_base.public_id)
    assert (compared["first"], compared["second"], compared["said"]) == (1.0, 0.5, "better")
    assert begun.steps.get(number=6).state == "succeeded"


def test_before_there_is_a_champion_what_the_model_started_from_is_measured(
    judged_project, tiny_base, bells
):
    recipe = add_shipped(key="dpo_nightly", project=judged_project(12), start=tiny_base)
    begun = to_the_end(begin(recipe))
    measured = begun.steps.get(number=4)
    assert (measured.state, measured.run.base) == ("succeeded", tiny_base)
    assert begun.steps.get(number=5).state == "skipped"
    assert begun.state == RoundState.SUCCEEDED


def test_what_was_found_worse_is_not_proposed(recipe, tiny_base):
    promote(tiny_base, recipe.project)
    begun = begin(recipe)
    for _step in range(2):
        go_on(begun)
    pairs = [f"{number:08d}/0" for number in range(40)]
    better = {pair: float(number % 4 > 0) for number, pair in enumerate(pairs)}
    for wins in (dict.fromkeys(pairs, 0.0), better):
        advance_round(begun.pk)
        succeed(present(begun).run, wins=wins)
    to_the_end(begun)
    assert begun.state == RoundState.SUCCEEDED
    assert begun.steps.get(number=5).result["said"] == "worse"
    last = begun.steps.get(number=6)
    assert (last.state, last.result) == ("skipped", {})
    assert "worse" in last.reason


def test_a_recipe_has_one_round_at_a_time(recipe):
    begun = begin(recipe)
    with pytest.raises(RoundUnderWay):
        begin(recipe)
    cancel_round(round_id=begun.public_id)
    assert begin(recipe).number == 2


def test_of_many_who_start_at_once_one_does(recipe):
    raised = threads_of(lambda: begin(recipe), 6)
    assert raised.count(None) == 1
    assert {type(error) for error in raised if error} == {RoundUnderWay}
    assert Round.objects.count() == 1


def test_a_paused_recipe_starts_nothing_and_a_round_under_way_goes_on(recipe):
    begun = begin(recipe)
    pause_recipe(recipe_id=recipe.public_id, is_paused=True)
    assert to_the_end(begun).state == RoundState.SUCCEEDED
    with pytest.raises(RecipePaused):
        begin(recipe)
    assert Round.objects.count() == 1


def test_a_round_goes_on_by_the_version_that_it_began_with(recipe, tiny_base):
    begun = begin(recipe)
    go_on(begun)
    change_steps(recipe_id=recipe.public_id, steps=[{"do": "freeze"}])
    go_on(begun)
    assert begun.steps.get(number=2).run.settings["beta"] == 0.2


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


def test_a_step_that_fails_ends_the_round_with_its_reason(recipe):
    begun = begin(recipe)
    go_on(begun)
    advance_round(begun.pk)
    fail(present(begun).run, "There was no memory left.")
    for _look in range(2):
        advance_rounds()
    begun.refresh_from_db()
    assert begun.state == RoundState.FAILED
    assert begun.reason == "Step 2 (train): There was no memory left."
    assert states(begun) == ["succeeded", "failed", *["cancelled"] * 4]
    assert Run.objects.count() == 1


def test_a_run_that_cannot_be_queued_ends_the_round_and_leaves_no_run(judged_project, tiny_base):
    steps = dpo_steps(tiny_base, max_length=4096)
    begun = begin(make_recipe(judged_project(12), tiny_base, steps=steps))
    go_on(begun)
    advance_round(begun.pk)
    begun.refresh_from_db()
    assert begun.state == RoundState.FAILED
    assert "the context of “Tiny” holds 128" in begun.reason
    assert not Run.objects.exists()


def test_where_no_length_is_named_it_is_what_the_context_has(judged_project, tiny_base):
    steps = dpo_steps(tiny_base)
    steps[1]["settings"] = {}
    round_ = begin(make_recipe(judged_project(), tiny_base, steps=steps))
    go_on(round_)
    advance_round(round_.pk)
    run = present(round_).run
    assert run.settings["max_length"] == context_length(tiny_base) < 1024
    for method in METHODS:  # those that cannot be without a reward as well
        assert fitting_context(method, tiny_base) == {"max_length": context_length(tiny_base)}


def test_nothing_to_learn_from_ends_the_round_in_a_sentence(tiny_base, judged_project):
    begun = begin(make_recipe(judged_project(0), tiny_base))
    go_on(begun)
    begun.refresh_from_db()
    assert begun.state == RoundState.FAILED
    assert begun.reason.startswith("Step 1 (freeze a snapshot): Nothing is resolved yet")


def test_a_run_that_somebody_cancels_ends_the_round(recipe):
    begun = begin(recipe)
    go_on(begun)
    advance_round(begun.pk)
    request_cancel(run_id=present(begun).run.public_id)
    advance_round(begun.pk)
    begun.refresh_from_db()
    assert (begun.state, begun.reason) == (RoundState.FAILED, "Step 2 (train) was cancelled.")


def test_cancelling_a_round_cancels_what_runs(recipe):
    admin, begun = make_admin(), begin(recipe)
    go_on(begun)
    advance_round(begun.pk)
    run = present(begun).run
    claim_run(run_id=run.public_id, worker="here")
    cancelled = cancel_round(round_id=begun.public_id, cancelled_by=admin)
    run.refresh_from_db()
    assert run.cancel_requested_at is not None
    assert (cancelled.state, cancelled.cancelled_by) == (RoundState.CANCELLED, admin)
    assert states(begun) == ["succeeded", *["cancelled"] * 5]
    with pytest.raises(RoundOver):
        cancel_round(round_id=begun.public_id)
    finished_at = cancelled.finished_at
    advance_rounds()
    cancelled.refresh_from_db()
    assert cancelled.finished_at == finished_at


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


def silent(step: RoundStep) -> None:
    """Let its worker have been silent for long."""
    RoundStep.objects.filter(pk=step.pk).update(heartbeat_at=Now() - timedelta(seconds=1000))


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


def test_a_round_that_failed_goes_on_where_it_stopped(recipe):
    begun = begin(recipe)
    go_on(begun)
    advance_round(begun.pk)
    run = present(begun).run
    fail(run)
    advance_round(begun.pk)
    resumed = resume_round(round_id=begun.public_id)
    assert (resumed.state, resumed.finished_at, resumed.reason) == (RoundState.RUNNING, None, "")
    run.refresh_from_db()
    assert run.state == RunState.QUEUED
    with pytest.raises(RoundNotResumable):
        resume_round(round_id=begun.public_id)
    to_the_end(begun)
    assert begun.state == RoundState.SUCCEEDED
    assert begun.steps.get(number=2).run == run
    assert Snapshot.objects.count() == 1
    with pytest.raises(RoundNotResumable):
        resume_round(round_id=begun.public_id)


def test_a_round_goes_not_on_beside_another(recipe):
    first = begin(recipe)
    cancel_round(round_id=first.public_id)
    begin(recipe)
    with pytest.raises(RoundUnderWay):
        resume_round(round_id=first.public_id)


def test_the_database_itself_keeps_rounds_apart(recipe):
    begun = begin(recipe)
    with pytest.raises(IntegrityError), transaction.atomic():
        Round.objects.create(recipe=recipe, version=begun.version, number=2, trigger="hand")
    with pytest.raises(IntegrityError), transaction.atomic():
        RoundStep.objects.create(round=begun, number=1, kind="freeze")
    with pytest.raises(IntegrityError), transaction.atomic():
        Round.objects.filter(pk=begun.pk).update(state="failed")


def test_the_reason_is_in_the_language_of_whoever_asked(judged_project, tiny_base):
    reader = make_admin(language="zh-hans")
    begun = start_round(
        version=newest_version(make_recipe(judged_project(0), tiny_base)),
        trigger="hand",
        user=reader,
    )
    go_on(begun)
    begun.refresh_from_db()
    assert begun.reason.startswith("第 1 步")
