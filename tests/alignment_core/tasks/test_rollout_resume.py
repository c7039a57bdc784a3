"""Runs that learn from samples, killed between rollouts or within one, and gone on with."""

import json
import signal

import pytest
import torch

from alignment_core.configs import settings_of
from alignment_core.errors import LoadingError, Stopped
from alignment_core.models.loading import load_reward_model, load_tokenizer
from alignment_core.processes.stopping import Stopper
from alignment_core.runs.run_directory import RunDirectory, saved_steps
from alignment_core.tasks.requests import read_request, train_request
from alignment_core.tasks.train import TrainTask
from alignment_core.trainers.rollout_figures import SAMPLES
from alignment_core.trainers.rollouts import RolloutTrainer
from tests.alignment_core.rollout_runs import METHOD_SETTINGS, rollout_settings
from tests.alignment_core.small_runs import (
    child_process,
    metrics_of,
    train_here,
    write_train_config,
)
from tests.alignment_core.tasks.test_resuming import final_bytes, wait_for_step

CPU = torch.device("cpu")


class Killed(BaseException):
    """Ends a run where it stands, as a signal would."""


class KilledInRollout(RunDirectory):
    """A run directory whose run dies while it samples for the fourth step."""

    def phase(self, name):
        if name == "rollout" and self.n_rollouts == 3:
            raise Killed
        self.n_rollouts += name == "rollout"
        return super().phase(name)

    n_rollouts = 0


@pytest.fixture
def configured(tiny_base, data_files, tmp_path):
    def write(method, name, **settings):
        return write_train_config(
            tmp_path / name,
            method=method,
            base=tiny_base,
            data_files=data_files,
            **rollout_settings(method, epochs=2, **settings),
        )

    return write


def task_of(directory, *, run_directory=RunDirectory, stopper=None):
    request = train_request(read_request(directory / "config.json", task="train"))
    return TrainTask(request, run_directory(directory), stopper or Stopper())


@pytest.mark.parametrize("method", METHOD_SETTINGS)
def test_a_run_killed_while_it_samples_goes_on_bit_for_bit(method, configured):
    killed = configured(method, "killed", save_every_seconds=0.0)
    with pytest.raises(Killed):
        task_of(killed, run_directory=KilledInRollout).run()
    checkpoint = saved_steps(killed / "checkpoints")[-1]
    assert checkpoint.name == "step-3"
    resumed = train_here(configured(method, "resumed", resume=checkpoint))
    undisturbed = train_here(configured(method, "undisturbed"))
    assert final_bytes(resumed) == final_bytes(undisturbed)
    assert metrics_of(resumed, "train") == metrics_of(undisturbed, "train")
    assert metrics_of(resumed, "eval") == metrics_of(undisturbed, "eval")


@pytest.mark.parametrize("method", ["ppo", "dapo"])
def test_a_run_with_adapters_killed_while_it_samples_goes_on_bit_for_bit(method, configured):
    """PPO has a value model beside the adapters; both measure the policy without them as well."""
    adapters = {"lora_rank": 4, "lora_dropout": 0.1, "learning_rate": 1e-2}
    if method == "dapo":
        adapters |= {"n_passes": 2, "kl_coefficient": 0.01}
    else:
        adapters |= {"dtype": "bfloat16"}  # over frozen weights of half the size
    killed = configured(method, "killed", save_every_seconds=0.0, **adapters)
    with pytest.raises(Killed):
        task_of(killed, run_directory=KilledInRollout).run()
    checkpoint = saved_steps(killed / "checkpoints")[-1]
    assert (checkpoint / "adapter_model.safetensors").exists()
    resumed = train_here(configured(method, "resumed", resume=checkpoint, **adapters))
    undisturbed = train_here(configured(method, "undisturbed", **adapters))
    assert final_bytes(resumed) == final_bytes(undisturbed)
    assert metrics_of(resumed, "train") == metrics_of(undisturbed, "train")
    assert metrics_of(resumed, "eval") == metrics_of(undisturbed, "eval")


def test_a_child_killed_by_a_signal_goes_on_bit_for_bit(configured):
    killed = configured("ppo", "killed", save_every_seconds=0.0)
    with child_process("train", killed) as child:
        wait_for_step(child, killed, 2)
        child.kill()
        assert child.wait() in (-signal.SIGKILL, 0)
    checkpoint = saved_steps(killed / "checkpoints")[-1]
    resumed = train_here(configured("ppo", "resumed", resume=checkpoint))
    undisturbed = train_here(configured("ppo", "undisturbed"))
    assert final_bytes(resumed) == final_bytes(undisturbed)


def test_a_run_asked_to_stop_while_it_samples_saves_the_step_before(configured):
    stopper = Stopper()

    class AskedInRollout(RunDirectory):
        def phase(self, name):
            if name == "rollout" and metrics_of(self.path, "train"):
                stopper.ask()
            return super().phase(name)

    stopped = configured("grpo", "stopped")
    with pytest.raises(Stopped):
        task_of(stopped, run_directory=AskedInRollout, stopper=stopper).run()
    (checkpoint,) = saved_steps(stopped / "checkpoints")
    assert checkpoint.name == "step-1"
    resumed = train_here(configured("grpo", "resumed", resume=checkpoint))
    assert final_bytes(resumed) == final_bytes(train_here(configured("grpo", "undisturbed")))


def test_a_run_asked_to_stop_in_its_first_rollout_goes_on_without_moments(configured):
    stopper = Stopper()

    class AskedAtOnce(RunDirectory):
        def phase(self, name):
            if name == "rollout":
                stopper.ask()
            return super().phase(name)

    stopped = configured("grpo", "stopped")
    with pytest.raises(Stopped):
        task_of(stopped, run_directory=AskedAtOnce, stopper=stopper).run()
    (checkpoint,) = saved_steps(stopped / "checkpoints")
    assert checkpoint.name == "step-0"
    resumed = train_here(configured("grpo", "resumed", resume=checkpoint))
    assert final_bytes(resumed) == final_bytes(train_here(configured("grpo", "undisturbed")))


def test_a_run_stopped_after_it_has_sampled_judges_the_same_prompts_the_same_way(
    configured, monkeypatch
):
    stopper = Stopper()
    measure = RolloutTrainer.measure_tokens

    def ask_and_measure(self, *arguments):
        if len(metrics_of(self.context.directory.path, "train")) == 2:
            stopper.ask()
        return measure(self, *arguments)

    settings = {"kl_coefficient": 0.01, "dynamic_threshold": 0.8}
    stopped = configured("dapo", "stopped", **settings)
    with monkeypatch.context() as patch, pytest.raises(Stopped):
        patch.setattr(RolloutTrainer, "measure_tokens", ask_and_measure)
        task_of(stopped, stopper=stopper).run()
    checkpoint = saved_steps(stopped / "checkpoints")[-1]
    assert checkpoint.name == "step-2"
    resumed = train_here(configured("dapo", "resumed", resume=checkpoint, **settings))
    undisturbed = train_here(configured("dapo", "undisturbed", **settings))
    assert metrics_of(resumed, "train") == metrics_of(undisturbed, "train")
    assert final_bytes(resumed) == final_bytes(undisturbed)


def test_going_on_in_the_same_directory_logs_every_sample_once(configured):
    directory = configured("grpo", "run", save_every_seconds=0.0)
    with pytest.raises(Killed):
        task_of(directory, run_directory=KilledInRollout).run()
    with (directory / SAMPLES).open("a") as file:  # as if the fourth step had been sampled
        file.write('{"step": 4}\n')
    train_here(configured("grpo", "run", resume=saved_steps(directory / "checkpoints")[-1]))
    steps = [json.loads(line)["step"] for line in (directory / SAMPLES).read_text().splitlines()]
    assert steps == sorted(steps)
    assert set(steps) == {1, 2, 3, 4, 5, 6}
    assert max(steps.count(step) for step in steps) <= 2  # the best and the worst


def test_going_on_with_another_reward_is_refused(configured):
    first = train_here(configured("grpo", "first"))
    checkpoint = saved_steps(first / "checkpoints")[-1]
    rewards = [{"kind": "regex", "pattern": "a"}]
    changed = configured("grpo", "changed", resume=checkpoint, rewards=rewards)
    with pytest.raises(LoadingError, match="trained with rewards") as refusal:
        train_here(changed)
    assert refusal.value.field == "rewards"


def test_going_on_with_a_reward_model_that_has_changed_is_refused(configured, tiny_base, tmp_path):
    path = tmp_path / "reward"

    def write_reward_model(seed):
        load_reward_model(tiny_base, device=CPU, seed=seed).save_pretrained(path)
        load_tokenizer(tiny_base)[0].save_pretrained(path)

    rewards = [{"kind": "model", "path": str(path)}]
    write_reward_model(1)
    first = train_here(configured("rloo", "first", rewards=rewards))
    checkpoint = saved_steps(first / "checkpoints")[-1]
    train_here(configured("rloo", "same", resume=checkpoint, rewards=rewards))
    write_reward_model(2)
    with pytest.raises(LoadingError, match="another reward model"):
        train_here(configured("rloo", "other", resume=checkpoint, rewards=rewards))


def test_a_checkpoint_without_its_value_model_is_refused(configured):
    first = train_here(configured("grpo", "first"))
    checkpoint = saved_steps(first / "checkpoints")[-1]
    state = json.loads((checkpoint / "trainer.json").read_text())
    other = configured("ppo", "other", resume=checkpoint)
    state |= {"method": "ppo", "settings": settings_of(task_of(other).config)}
    (checkpoint / "trainer.json").write_text(json.dumps(state))
    with pytest.raises(LoadingError, match="no value model"):
        train_here(other)
