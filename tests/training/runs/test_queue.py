"""What is refused before anything is queued, and what cancel and resume do to the rows."""

from pathlib import Path

import pytest
from django.conf import settings

from alignment_core.configs import DPOConfig, settings_of
from annotate.models import AuditEvent, Project
from tests.factories import make_admin, make_comparison, make_project
from tests.training.conftest import QUICK, freeze
from training.errors import NotCancellable, NotFound, NotResumable, RunRefused
from training.execution.attempt_directory import AttemptDirectory
from training.models import Checkpoint, Run, RunState
from training.runs.checks import advice_for
from training.runs.claimed import claim_run, fail_run
from training.runs.queue import queue_evaluation_run, queue_run, request_cancel, resume_run
from training.runs.sample_runs import queue_sample_run

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_run_keeps_every_setting_of_its_method(queued_run):
    run = queued_run("dpo", beta=0.3)
    assert run.settings == {**settings_of(DPOConfig()), **QUICK, "beta": 0.3}
    assert run.state == RunState.QUEUED


@pytest.mark.parametrize(
    ("method", "settings", "field"),
    [
        ("dpo", {"beta": 0}, "beta"),
        ("dpo", {"learning_rate": "fast"}, "learning_rate"),
        ("sft", {"beta": 0.1}, "beta"),
        ("sft", {"max_length": 129}, "max_length"),  # the tiny base holds 128 tokens
        ("magic", {}, "method"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(queued_run, method, settings, field):
    with pytest.raises(RunRefused) as refused:
        queued_run(method, **settings)
    assert refused.value.field == field
    assert not Run.objects.exists()


def test_the_context_is_checked_through_the_runs_that_come_before(queued_run):
    with pytest.raises(RunRefused, match="the context of “Tiny” holds 128"):
        queued_run("dpo", after=queued_run(), max_length=200)


def test_a_run_starts_from_one_place(queued_run, tiny_base, judged_project):
    first, snapshot = queued_run(), freeze(judged_project(5))
    for start in ({}, {"base": tiny_base, "after": first}):
        with pytest.raises(RunRefused, match="Name either"):
            queue_run(method="sft", snapshot=snapshot, settings=QUICK, **start)


def test_nothing_can_be_trained_from_a_reward_model(queued_run, tiny_base):
    reward_model = queued_run("reward_model")
    with pytest.raises(RunRefused, match="does not end in a model"):
        queued_run("dpo", after=reward_model)
    scorer = Checkpoint.objects.create(
        kind="reward_model", name="Scorer", digest="0", manifest=[], size_bytes=0, run=reward_model
    )
    with pytest.raises(RunRefused, match="scores text"):
        queued_run("dpo", base=scorer)
    with pytest.raises(RunRefused, match="writes none"):
        queue_sample_run(project=make_project(), checkpoint=scorer, settings={})


def test_dpo_from_a_plain_base_is_advised_against_and_not_refused(queued_run, tiny_base):
    assert advice_for(method="dpo", base=tiny_base, after=None) != []
    assert advice_for(method="dpo", base=None, after=queued_run("sft")) == []
    assert advice_for(method="sft", base=tiny_base, after=None) == []


def test_sampling_needs_prompts_and_something_to_compare(tiny_base):
    project = make_project()
    with pytest.raises(RunRefused, match="no prompts"):
        queue_sample_run(project=project, checkpoint=tiny_base, settings={})
    make_comparison(project, state="staged")  # by an import that may be taken back
    with pytest.raises(RunRefused, match="no prompts"):
        queue_sample_run(project=project, checkpoint=tiny_base, settings={})
    make_comparison(project)
    with pytest.raises(RunRefused, match="not trained here"):
        queue_sample_run(project=project, checkpoint=tiny_base, against_base=True, settings={})
    with pytest.raises(RunRefused, match="temperature 0"):
        queue_sample_run(project=project, checkpoint=tiny_base, settings={"temperature": 0.0})
    with pytest.raises(RunRefused, match="from 1 to 1000"):
        queue_sample_run(project=project, checkpoint=tiny_base, n_prompts=0, settings={})


def test_the_best_of_several_candidates_is_kept_by_a_reward_model(
    judged_project, tiny_base, reward_model
):
    asked = {"project": Project.objects.first(), "checkpoint": tiny_base, "settings": {}}
    with pytest.raises(RunRefused, match="is not a reward model"):
        queue_sample_run(**asked, reward_model=tiny_base)
    with pytest.raises(RunRefused, match="from 2 to 256"):
        queue_sample_run(**asked, reward_model=reward_model, n_candidates=1)
    run = queue_sample_run(**asked, reward_model=reward_model, n_candidates=3)
    attempt = AttemptDirectory(claim_run(run_id=run.public_id, worker="here"))
    attempt.prepare()
    config = attempt.read_json("config.json")
    assert "n_candidates" not in config["settings"]
    assert config["best_of"]["n_candidates"] == 3
    assert config["best_of"]["rewards"][0]["path"].endswith(reward_model.folder)


def test_runs_of_an_installation_share_their_references_in_its_data_directory(queued_run):
    run = queued_run("dpo")
    attempt = AttemptDirectory(claim_run(run_id=run.public_id, worker="here"))
    attempt.prepare()
    shared = Path(attempt.read_json("config.json")["reference_cache"])
    assert shared.parent == settings.ACCORD_DATA_DIR


def test_measuring_needs_pairs_that_were_held_out(tiny_base, judged_project):
    with pytest.raises(RunRefused, match="holds no pair out"):
        queue_evaluation_run(checkpoint=tiny_base, snapshot=freeze(judged_project(3), eval_share=0))


def test_two_checkpoints_are_compared_by_a_reward_model_alone(tiny_base, judged_project):
    snapshot = freeze(judged_project(12))
    with pytest.raises(RunRefused, match="Only a reward model can compare"):
        queue_evaluation_run(checkpoint=tiny_base, snapshot=snapshot, against=tiny_base)
    with pytest.raises(RunRefused, match="is not a reward model"):
        queue_evaluation_run(checkpoint=tiny_base, snapshot=snapshot, reward_model=tiny_base)
    with pytest.raises(RunRefused, match="n_prompts"):
        queue_evaluation_run(checkpoint=tiny_base, snapshot=snapshot, settings={"n_prompts": -1})


def test_a_waiting_run_is_cancelled_at_once_and_takes_its_followers_along(queued_run):
    first = queued_run()
    second = queued_run("dpo", after=first)
    third = queued_run("dpo", after=second)
    assert request_cancel(run_id=first.public_id).state == RunState.CANCELLED
    second.refresh_from_db()
    third.refresh_from_db()
    assert (second.state, third.state) == (RunState.FAILED, RunState.FAILED)
    assert "was cancelled" in second.reason
    assert "failed" in third.reason
    with pytest.raises(NotCancellable):
        request_cancel(run_id=first.public_id)


def test_a_running_run_is_asked_and_not_ended(queued_run):
    run = claim_run(run_id=queued_run().public_id, worker="here")
    asked = request_cancel(run_id=run.public_id)
    assert asked.state == RunState.RUNNING
    assert asked.cancel_requested_at is not None


def test_a_failed_run_is_resumed_with_fresh_attempts_and_in_order(queued_run):
    first = queued_run()
    second = queued_run("dpo", after=first)
    fail_run(run=claim_run(run_id=first.public_id, worker="here"), reason="It broke.")
    with pytest.raises(NotResumable, match="Resume that one first"):
        resume_run(run_id=second.public_id)
    resumed = resume_run(run_id=first.public_id)
    assert (resumed.state, resumed.attempt, resumed.reason) == (RunState.QUEUED, 1, "")
    assert resumed.max_attempts == 1 + 3
    assert resume_run(run_id=second.public_id).state == RunState.QUEUED
    with pytest.raises(NotResumable):
        resume_run(run_id=first.public_id)


def test_nothing_can_start_after_a_run_that_failed(queued_run):
    first = queued_run()
    fail_run(run=claim_run(run_id=first.public_id, worker="here"), reason="It broke.")
    first.refresh_from_db()
    with pytest.raises(RunRefused, match="Resume it first"):
        queued_run("dpo", after=first)


def test_an_unknown_run_is_named():
    stranger = "00000000-0000-4000-8000-000000000000"
    with pytest.raises(NotFound):
        request_cancel(run_id=stranger)
    with pytest.raises(NotFound):
        resume_run(run_id=stranger)


def test_who_queued_and_cancelled_is_in_the_audit_log(queued_run):

    admin, run = make_admin(), queued_run()
    request_cancel(run_id=run.public_id, requested_by=admin)
    event = AuditEvent.objects.get(action="run.cancel")
    assert (event.actor, event.target) == (admin.annotator.pseudonym, f"run {run.public_id}")
