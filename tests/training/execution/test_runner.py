"""The whole way of a run, with the real child on a tiny model."""

import json
import os
import signal
import sys
import threading
import time

import pytest
from django.conf import settings
from django.db import connection

from tests.factories import make_admin
from tests.training.conftest import freeze
from training.artifacts import store
from training.execution.attempt_directory import AttemptDirectory
from training.execution.runner import execute
from training.models import Checkpoint, Evaluation, Run, RunState
from training.reports.checkpoint_page import lineage_back
from training.reports.curves import curves_of
from training.reports.run_page import run_detail
from training.runs.claimed import claim_run
from training.runs.queue import queue_evaluation_run, request_cancel, resume_run
from training.runs.reward_models import reference_to

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

# Long enough to be interrupted. Runs are compared bit for bit, and the trial that picks a matrix
# product by its speed may pick another for each on a busy machine.
LONG = {"epochs": 150, "save_every_seconds": 0.5, "matmul": "highest"}


def carry_out(run: Run) -> Run:
    claimed = claim_run(run_id=run.public_id, worker="here")
    assert claimed is not None
    execute(claimed)
    run.refresh_from_db()
    return run


def start(run: Run) -> threading.Thread:
    """Carry the run out beside the test."""

    def work() -> None:
        execute(claim_run(run_id=run.public_id, worker="here"))
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def wait_for(condition, *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


def wait_for_checkpoint(run: Run) -> None:
    wait_for(run.checkpoints.filter(is_final=False, step__gt=0).exists)


def weights_of(run: Run) -> str:
    """The digest of the weights alone."""
    final = Checkpoint.objects.get(run=run, is_final=True)
    return next(e["sha256"] for e in final.manifest if e["path"] == "model.safetensors")


def child_of(run: Run) -> int:
    """The process id of the child that works on this run, by the directory on its command line."""
    for process in os.listdir("/proc"):  # noqa: PTH208
        try:
            with open(f"/proc/{process}/cmdline") as file:  # noqa: PTH123
                if str(run.public_id) in file.read():
                    return int(process)
        except (OSError, ValueError):
            continue
    raise LookupError


@pytest.mark.parametrize(
    "method",
    [
        "sft",
        *(pytest.param(name, marks=pytest.mark.any_database) for name in ("reward_model", "dpo")),
    ],
)
def test_a_run_ends_in_a_checkpoint_with_figures_and_lineage(method, queued_run, tiny_base):
    run = carry_out(queued_run(method, eval_every_steps=2))
    assert (run.state, run.reason) == (RunState.SUCCEEDED, ""), run.log
    final = Checkpoint.objects.get(run=run)  # those to resume from have gone
    assert final.is_final
    assert final.kind == ("reward_model" if method == "reward_model" else "policy")
    assert [step.checkpoint for step in lineage_back(final)] == [final, tiny_base]
    evaluation = Evaluation.objects.get(run=run)
    assert evaluation.checkpoint == final
    assert 0 <= evaluation.figures["accuracy"]["value"] <= 1
    assert set(evaluation.baselines) == {"longer_wins", "human_agreement"}
    assert run.metrics.filter(phase="train").count() == run.total_steps
    assert run.preflight is not None
    assert run.plan["device"] == "cpu"
    curves = {curve.key: [series.phase for series in curve.series] for curve in curves_of(run)}
    assert curves["loss"] == ["train", "eval"]
    with store.artifact_store().open(f"{final.folder}/README.md") as file:
        card = file.read().decode()
    assert run.snapshot.digest in card
    assert tiny_base.digest in card
    detail = run_detail(run, make_admin())
    assert detail.final == final
    assert (detail.status.share, detail.status.is_over) == (1.0, True)
    assert (detail.can_cancel, detail.can_resume) == (False, False)


@pytest.mark.any_database
def test_dpo_starts_from_what_sft_made_and_a_checkpoint_can_be_measured_again(
    queued_run, judged_project
):
    sft = queued_run()
    dpo = queued_run("dpo", after=sft)
    carry_out(sft)
    carry_out(dpo)
    made = {run.method: run.checkpoints.get() for run in (sft, dpo)}
    assert dpo.base == made["sft"]
    again = queue_evaluation_run(
        checkpoint=made["dpo"],
        snapshot=freeze(judged_project(12)),
        against=None,
        settings={"n_prompts": 2, "n_samples": 2, "max_new_tokens": 4, "safety": False},
    )
    carry_out(again)
    assert again.state == RunState.SUCCEEDED, again.log
    assert made["dpo"].evaluations.count() == 2
    evaluation = Evaluation.objects.get(run=again)
    assert evaluation.figures["accuracy"]["n"] == again.snapshot.n_eval
    with store.artifact_store().open(evaluation.report) as report:
        assert report.read().startswith(b"<!doctype html>")


@pytest.mark.any_database
def test_answers_are_rewarded_by_a_model_that_was_trained_here(queued_run):
    taste = carry_out(queued_run("reward_model")).checkpoints.get()
    run = carry_out(
        queued_run(
            "grpo",
            max_length=96,
            max_new_tokens=8,
            n_samples=2,
            n_eval_prompts=2,
            rewards=[{"kind": "model", "path": reference_to(taste)}],
        )
    )
    assert run.state == RunState.SUCCEEDED, run.log
    assert run.metrics.filter(phase="train", values__has_key="reward").exists()
    assert run.live_samples[-1]["step"] == run.total_steps
    assert {"text", "reward", "prompt", "finished"} <= set(run.live_samples[-1])
    told = run.metrics.filter(phase="rollout").order_by("step").values_list("step", flat=True)
    assert list(told) == [*range(run.total_steps + 1)]  # one row a step, however long it samples
    assert [model.pk for model in run_detail(run, make_admin()).reward_models] == [taste.pk]


@pytest.mark.any_database
def test_a_child_killed_in_the_middle_changes_no_bit_of_the_result(queued_run, monkeypatch):
    whole = carry_out(queued_run("dpo", **LONG))
    broken = queued_run("dpo", **LONG)
    broken.snapshot = whole.snapshot
    broken.save()
    thread = start(broken)
    wait_for_checkpoint(broken)
    os.kill(child_of(broken), signal.SIGKILL)
    thread.join(60)
    broken.refresh_from_db()
    assert (broken.state, broken.attempt) == (RunState.QUEUED, 1)
    assert "killed from outside" in broken.reason
    carry_out(broken)
    assert (broken.state, broken.attempt) == (RunState.SUCCEEDED, 2), broken.log
    assert json_of(broken)["resume"] is not None  # it did go on from a checkpoint
    assert weights_of(broken) == weights_of(whole)
    assert Evaluation.objects.filter(run=broken).count() == 1
    assert losses(broken) == losses(whole)


def test_cancel_stops_the_child_within_ten_seconds_and_resume_ends_in_the_same_weights(
    queued_run,
):
    whole = carry_out(queued_run(**LONG))
    run = queued_run(**LONG)
    run.snapshot = whole.snapshot
    run.save()
    thread = start(run)
    wait_for_checkpoint(run)
    pid, asked_at = child_of(run), time.monotonic()
    request_cancel(run_id=run.public_id)
    thread.join(60)
    assert time.monotonic() - asked_at < 10
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    kept = run.checkpoints.get(is_final=False, step=run.step)
    assert store.artifact_store().exists(f"{kept.folder}/model.safetensors")
    assert run.checkpoints.filter(is_final=False).count() <= 2

    resume_run(run_id=run.public_id)
    carry_out(run)
    assert run.state == RunState.SUCCEEDED, run.log
    assert weights_of(run) == weights_of(whole)


def test_a_run_that_was_taken_over_ends_its_child_and_records_nothing(queued_run):
    run = queued_run(**LONG)
    thread = start(run)
    wait_for(run.metrics.filter(phase="train").exists)
    pid = child_of(run)
    Run.objects.filter(pk=run.pk).update(token=None, state=RunState.QUEUED)
    n_metrics = run.metrics.count()
    thread.join(30)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    run.refresh_from_db()
    assert (run.state, run.worker) == (RunState.QUEUED, "here")
    assert run.metrics.count() == n_metrics
    assert not Checkpoint.objects.filter(run=run, is_final=True).exists()


def test_a_base_whose_files_have_changed_fails_the_run_in_a_sentence(queued_run, tiny_base):
    run = queued_run()
    Checkpoint.objects.filter(pk=tiny_base.pk).update(digest="0" * 64)
    carry_out(run)
    assert run.state == RunState.FAILED
    assert "has changed" in run.reason
    assert run.attempt == 1  # a refusal is not tried again


@pytest.mark.any_database
def test_data_that_nothing_can_be_learnt_from_fails_the_run_in_a_sentence(queued_run):
    run = carry_out(queued_run(max_length=8))
    assert run.state == RunState.FAILED
    assert "can be trained on" in run.reason
    assert "Traceback" not in run.reason


def test_a_run_that_always_crashes_is_given_up_with_its_last_words(queued_run, monkeypatch):
    crash = [sys.executable, "-c", "print('working'); raise ValueError('a strange model')"]
    monkeypatch.setattr("training.execution.child.COMMAND", crash)
    run = queued_run()
    for _attempt in range(3):
        assert run.state == RunState.QUEUED
        carry_out(run)
    assert run.state == RunState.FAILED
    assert "ValueError: a strange model" in run.reason
    assert "working" in run.log


@pytest.mark.any_database
def test_a_full_disk_fails_the_run_and_leaves_what_was_stored(queued_run, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("training.execution.shelf.store_directory", refuse)
    run = carry_out(queued_run(save_every_seconds=0.0))
    assert run.state == RunState.FAILED
    assert "The disk is full" in run.reason
    monkeypatch.undo()
    resume_run(run_id=run.public_id)
    carry_out(run)
    assert run.state == RunState.SUCCEEDED, run.log


def test_erased_rows_are_left_out_of_what_the_child_reads(queued_run, monkeypatch):
    run = queued_run()
    erased = run.snapshot.pairs.filter(split="train").first()
    run.snapshot.pairs.filter(pk=erased.pk).update(state="erased")
    carry_out(run)
    assert run.summary["n_records"] == run.snapshot.n_train - 1
    assert not Checkpoint.objects.get(run=run).uses_erased_data


def json_of(run: Run) -> dict:
    """What the child of the last attempt was told."""
    folder = settings.ACCORD_DATA_DIR / "runs" / str(run.public_id)
    newest = max(folder.iterdir(), key=lambda path: int(path.name.partition("-")[0]))
    return json.loads((newest / "config.json").read_text())


def losses(run: Run) -> list[tuple[int, float]]:
    rows = run.metrics.filter(phase="train").order_by("step").values_list("step", "values")
    return [(step, values["loss"]) for step, values in rows]


def test_a_nul_in_a_sample_does_not_keep_a_result_from_being_recorded(queued_run):
    run = claim_run(run_id=queued_run().public_id, worker="here")
    directory = AttemptDirectory(run)
    directory.path.mkdir(parents=True)
    (directory.path / "summary.json").write_text(json.dumps({"samples": [{"checkpoint": "a\0"}]}))
    Run.objects.filter(pk=run.pk).update(summary=directory.read_json("summary.json"))
    run.refresh_from_db()
    assert run.summary == {"samples": [{"checkpoint": "a\ufffd"}]}
