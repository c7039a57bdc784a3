"""Stopping and going on, with real child processes."""

import json
import signal
import time

import pytest

from alignment_core.configs import METHODS
from alignment_core.errors import LoadingError
from alignment_core.runs.run_directory import saved_steps
from tests.alignment_core.small_runs import (
    child_process,
    metrics_of,
    train_here,
    write_train_config,
)

PATIENCE_SECONDS = 120


def wait_for_step(child, directory, step):
    """Wait until the child has saved this step or a later one."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        steps = saved_steps(directory / "checkpoints")
        if steps and int(steps[-1].name.removeprefix("step-")) >= step:
            return
        assert child.poll() is None, child.stderr.read()
        time.sleep(0.002)
    raise AssertionError(f"no checkpoint of step {step} in time")


def final_bytes(directory):
    return (directory / "final" / "model.safetensors").read_bytes()


@pytest.mark.parametrize("method", ["sft", "reward_model", "dpo"])
def test_a_killed_run_goes_on_bit_for_bit(method, tiny_base, data_files, tmp_path):
    def config(name, **options):
        return write_train_config(
            tmp_path / name,
            method=method,
            base=tiny_base,
            data_files=data_files,
            batch_size=5,  # 12 records: the last step of an epoch is smaller
            epochs=20,
            **options,
        )

    killed = config("killed", save_every_seconds=0.0)
    with child_process("train", killed) as child:
        wait_for_step(child, killed, 4)
        child.kill()
        assert child.wait() == -signal.SIGKILL
    checkpoint = saved_steps(killed / "checkpoints")[-1]
    assert int(checkpoint.name.removeprefix("step-")) < 60
    # another attempt has a directory of its own: the checkpoint must be enough
    resumed = train_here(config("resumed", resume=checkpoint))
    undisturbed = train_here(config("undisturbed"))
    assert final_bytes(resumed) == final_bytes(undisturbed)
    assert metrics_of(resumed, "train") == metrics_of(undisturbed, "train")
    assert metrics_of(resumed, "eval") == metrics_of(undisturbed, "eval")


def test_every_method_is_interrupted_and_compared_with_an_undisturbed_run():
    """Here, or beside the other tests of its family: a new method must be too."""
    from tests.alignment_core.pair_runs import RESUMED
    from tests.alignment_core.rollout_runs import METHOD_SETTINGS

    killed_here = {"sft", "reward_model", "dpo"}
    resumed = {choice.split()[0] for choice in RESUMED}
    assert killed_here | resumed | METHOD_SETTINGS.keys() == METHODS.keys()


def long_run(tiny_base, data_files, tmp_path):
    return write_train_config(
        tmp_path / "run", method="sft", base=tiny_base, data_files=data_files, epochs=1000
    )


def wait_for_training(child, directory):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if (directory / "metrics.jsonl").exists() and metrics_of(directory, "train"):
            return
        assert child.poll() is None, child.stderr.read()
        time.sleep(0.01)
    raise AssertionError("training did not begin in time")


def test_sigterm_saves_and_ends_with_143(tiny_base, data_files, tmp_path):
    directory = long_run(tiny_base, data_files, tmp_path)
    with child_process("train", directory) as child:
        wait_for_training(child, directory)
        child.terminate()
        assert child.wait(PATIENCE_SECONDS) == 143
    (checkpoint,) = saved_steps(directory / "checkpoints")
    last = metrics_of(directory, "train")[-1]
    assert checkpoint.name == f"step-{last['step']}"
    assert not (directory / "summary.json").exists()


def test_a_child_ends_when_its_standard_input_closes(tiny_base, data_files, tmp_path):
    directory = long_run(tiny_base, data_files, tmp_path)
    with child_process("train", directory) as child:
        wait_for_training(child, directory)
        child.stdin.close()
        assert child.wait(PATIENCE_SECONDS) == 143
    assert len(saved_steps(directory / "checkpoints")) == 1


def test_a_run_stopped_while_it_measures_saves_and_measures_again(tiny_base, data_files, tmp_path):
    from alignment_core.errors import Stopped
    from alignment_core.processes.stopping import Stopper
    from alignment_core.runs.run_directory import RunDirectory
    from alignment_core.tasks.requests import read_request, train_request
    from alignment_core.tasks.train import TrainTask

    def config(name, **options):
        return write_train_config(
            tmp_path / name,
            method="sft",
            base=tiny_base,
            data_files=data_files,
            eval_every_steps=2,
            **options,
        )

    class StopsAtStepTwo(RunDirectory):
        def log(self, phase, *, step, **values):
            super().log(phase, step=step, **values)
            if (phase, step) == ("train", 2):
                stopper.ask()

    stopped, stopper = config("stopped"), Stopper()
    request = train_request(read_request(stopped / "config.json", task="train"))
    with pytest.raises(Stopped):
        TrainTask(request, StopsAtStepTwo(stopped), stopper).run()
    (checkpoint,) = saved_steps(stopped / "checkpoints")
    assert checkpoint.name == "step-2"
    assert [line["step"] for line in metrics_of(stopped, "eval")] == [0]
    resumed = train_here(config("resumed", resume=checkpoint))
    undisturbed = train_here(config("undisturbed"))
    assert metrics_of(resumed, "eval") == metrics_of(undisturbed, "eval")
    assert final_bytes(resumed) == final_bytes(undisturbed)


def test_going_on_with_another_setting_or_other_records_is_refused(tiny_base, data_files, tmp_path):
    options = {"method": "sft", "base": tiny_base, "data_files": data_files}
    first = train_here(write_train_config(tmp_path / "first", **options))
    (checkpoint,) = saved_steps(first / "checkpoints")
    changed = write_train_config(
        tmp_path / "changed", resume=checkpoint, **{**options, "batch_size": 3}
    )
    with pytest.raises(LoadingError, match="trained with batch_size 4, not 3"):
        train_here(changed)
    _, held_out = data_files
    other = write_train_config(
        tmp_path / "other", resume=checkpoint, **{**options, "data_files": (held_out, None)}
    )
    with pytest.raises(LoadingError, match="other records"):
        train_here(other)


def test_a_checkpoint_holds_no_pickle_and_only_the_newest_stay(tiny_base, data_files, tmp_path):
    directory = train_here(
        write_train_config(
            tmp_path / "run",
            method="dpo",
            base=tiny_base,
            data_files=data_files,
            epochs=2,
            save_every_seconds=0.0,
        )
    )
    kept = saved_steps(directory / "checkpoints")
    assert [path.name for path in kept] == ["step-5", "step-6"]
    suffixes = {path.suffix for path in kept[-1].iterdir()}
    assert suffixes == {".safetensors", ".json", ".jsonl", ".jinja"}
    assert json.loads((kept[-1] / "trainer.json").read_text())["step"] == 6
