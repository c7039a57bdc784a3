"""Rounds that end before their time, why, and how they go on."""

import pytest

from tests.factories import make_admin
from tests.training.automation.rounds import (
    begin,
    dpo_steps,
    fail,
    go_on,
    make_recipe,
    present,
    states,
    to_the_end,
)
from training.automation.advancing import advance_round, advance_rounds
from training.automation.recipes import newest_version
from training.automation.rounds import cancel_round, resume_round, start_round
from training.errors import RoundNotResumable, RoundOver, RoundUnderWay
from training.models import RoundState, Run, RunState, Snapshot
from training.runs.claimed import claim_run
from training.runs.queue import request_cancel

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bells")]


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
