"""A refusal destroys nothing: what lay in a directory lies there still, byte by byte."""

import json

import pytest

from alignment_core.__main__ import main
from alignment_core.errors import LoadingError, ReferenceMismatch, Stopped
from alignment_core.tasks.train import TrainTask
from alignment_core.trainers.referenced import ReferencedPairPolicy
from tests.alignment_core.small_runs import SETTINGS, write_train_config


def files_in(directory):
    return {
        str(path.relative_to(directory)): path.read_bytes() if path.is_file() else None
        for path in directory.rglob("*")
    }


def command(method, base, data, output, *more):
    settings = [
        f"--{name.replace('_', '-')}={value}" for name, value in {**SETTINGS, "epochs": 1}.items()
    ]
    return [method, f"--model={base}", f"--data={data}", f"--output={output}", *settings, *more]


def refused(capsys, arguments):
    capsys.readouterr()
    assert main([str(argument) for argument in arguments]) == 2
    return json.loads(capsys.readouterr().err.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def finished(tmp_path_factory, tiny_base, data_files):
    output = tmp_path_factory.mktemp("finished") / "run"
    assert main(command("dpo", tiny_base, data_files[0], output)) == 0
    return output


@pytest.mark.parametrize(
    ("flag", "field"),
    [
        ("--batch-size=3", "batch_size"),
        ("--beta=-1", "beta"),
        ("--data={held_out}", "train_data"),
        ("--data={missing}", "data"),
        ("--eval-data={missing}", "eval_data"),
        ("--model={missing}", "base"),
        ("--max-length=999", "max_length"),
    ],
)
def test_a_refused_resume_of_a_finished_run_changes_no_file_of_it(
    capsys, tmp_path, tiny_base, data_files, finished, flag, field
):
    before = files_in(finished)
    places = {"held_out": data_files[1], "missing": tmp_path / "missing"}
    resume = command("dpo", tiny_base, data_files[0], finished, "--resume", flag.format(**places))
    assert refused(capsys, resume)["field"] == field
    assert files_in(finished) == before


def test_a_run_that_is_refused_by_its_models_changes_no_file_of_it(
    capsys, monkeypatch, tiny_base, data_files, finished
):
    def refuse(self):
        self.context.directory.log("reference", step=1, total_steps=1)
        raise ReferenceMismatch("they differ")

    monkeypatch.setattr(ReferencedPairPolicy, "prepare", refuse)
    before = files_in(finished)
    resume = command("dpo", tiny_base, data_files[0], finished, "--resume")
    assert refused(capsys, resume)["error"] == "they differ"
    assert files_in(finished) == before


@pytest.mark.slow
def test_a_run_of_rollouts_that_is_refused_keeps_its_log_of_samples(
    capsys, monkeypatch, tiny_base, data_files, tmp_path
):
    output = tmp_path / "run"
    rewards = '--rewards=[{"kind": "regex", "pattern": "a"}]'
    sizes = ["--n-samples=2", "--max-new-tokens=4", "--n-eval-prompts=0"]
    train = command("rloo", tiny_base, data_files[0], output, rewards, *sizes)
    assert main(train) == 0
    checkpoint = next((output / "checkpoints").iterdir())
    state = json.loads((checkpoint / "trainer.json").read_text())
    (checkpoint / "trainer.json").write_text(json.dumps(state | {"step": 1}))

    def refuse(self, loaded):
        raise LoadingError("not on this machine")

    monkeypatch.setattr(TrainTask, "choose_plan", refuse)
    before = files_in(output)
    refused(capsys, [*train, "--resume"])
    assert files_in(output) == before


def test_a_refused_start_does_not_block_its_directory(capsys, tmp_path, tiny_base, data_files):
    output = tmp_path / "new" / "run"
    missing = command("sft", tiny_base, tmp_path / "missing", output)
    assert refused(capsys, missing)["field"] == "data"
    assert not output.exists()
    output.mkdir()
    (output / "notes.txt").write_text("mine")
    refused(capsys, missing)
    assert files_in(output) == {"notes.txt": b"mine"}
    assert main(command("sft", tiny_base, data_files[0], output)) == 0
    assert not (output / ".asked").exists()
    assert refused(capsys, missing)["error"].endswith("add --resume to go on with it")


def test_a_start_over_the_rest_of_a_killed_one_is_that_of_its_own_flags(
    tmp_path, tiny_base, data_files
):
    output = tmp_path / "run"
    (output / ".asked").mkdir(parents=True)
    (output / ".asked" / "config.json").write_text("{}")
    assert main(command("sft", tiny_base, data_files[0], output)) == 0
    assert json.loads((output / "config.json").read_text())["method"] == "sft"


def test_a_run_directory_that_is_refused_keeps_the_metrics_of_an_earlier_start(
    capsys, tmp_path, tiny_base, data_files
):
    directory = write_train_config(
        tmp_path / "run", method="sft", base=tiny_base, data_files=(tmp_path / "missing", None)
    )
    (directory / "metrics.jsonl").write_text('{"phase": "train", "step": 1}\n')
    (directory / "rollouts.jsonl").write_text('{"step": 1}\n')
    before = files_in(directory)
    assert refused(capsys, ["train", directory])["field"] == "data"
    assert files_in(directory) == before


@pytest.mark.parametrize("task", ["evaluate", "sample"])
def test_a_task_that_is_refused_keeps_what_an_earlier_one_found(
    capsys, tmp_path, tiny_base, data_files, task
):
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text('{"id": "a", "messages": [{"role": "user", "content": "Hello"}]}\n')
    body = {
        "schema": 1,
        "task": task,
        "checkpoint": str(tmp_path / "missing"),
        "data": str(data_files[1]),
        "prompts": str(prompts),
    }
    directory = tmp_path / "run"
    directory.mkdir()
    (directory / "config.json").write_text(json.dumps(body))
    for name in ("metrics.jsonl", "samples.jsonl", "evaluation.json", "summary.json"):
        (directory / name).write_text("{}\n")
    before = files_in(directory)
    assert refused(capsys, [task, directory])["field"] == "base"
    assert files_in(directory) == before


def test_a_tiny_checkpoint_is_never_written_over_another(capsys, tmp_path, tiny_base, data_files):
    before = files_in(tiny_base)
    made = ["make_tiny_checkpoint", "--data", data_files[0], "--output", tiny_base]
    assert refused(capsys, made)["field"] == "output"
    assert files_in(tiny_base) == before


def test_a_person_is_told_how_far_it_is_what_is_wrong_and_what_was_saved(
    capsys, monkeypatch, tiny_base, data_files, tmp_path
):
    output = tmp_path / "run"
    train = command("sft", tiny_base, data_files[0], output)
    with monkeypatch.context() as patched:
        patched.setattr("alignment_core.processes.stopping.Stopper.is_asked", True)
        assert main(train) == 143
    said = capsys.readouterr().err
    assert "train 1/3  loss " in said
    assert f"stopped: {output}/checkpoints/step-1 is saved; the same command with --resume" in said
    alarm = {"name": "x", "message": "The loss is odd.", "figures": {}}
    monkeypatch.setattr("alignment_core.tasks.summary.find_alarms", lambda *_: [alarm])
    assert main([*train, "--resume"]) == 0
    said = capsys.readouterr()
    assert "alarm: The loss is odd." in said.err
    assert said.out == f"done: {output}/final\n"


def test_a_start_that_is_stopped_at_once_says_that_nothing_was_saved(
    capsys, monkeypatch, tiny_base, data_files, tmp_path
):
    def stop(self):
        raise Stopped

    monkeypatch.setattr("alignment_core.processes.stopping.Stopper.check", stop)
    assert main(command("sft", tiny_base, data_files[0], tmp_path / "run")) == 143
    assert "stopped: nothing was saved yet" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_second_interrupt_ends_without_a_traceback(
    capsys, monkeypatch, tiny_base, data_files, tmp_path
):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(TrainTask, "load", interrupt)
    assert main(command("sft", tiny_base, data_files[0], tmp_path / "run")) == 130
    assert "stopped: nothing was saved yet" in capsys.readouterr().err
