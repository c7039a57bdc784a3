"""Whatever runs a model remembers how it is rightly called; a run's plan says that it did."""

import json

import pytest
import torch

from alignment_core.__main__ import main
from alignment_core.forward import choice, tried_once
from alignment_core.models.loading import load_reward_model, load_tokenizer
from alignment_core.sampling import reading_trial
from tests.alignment_core.small_runs import train_here, write_train_config


@pytest.fixture
def tried(tmp_path, monkeypatch):
    """The models that were tried, by class, with nothing remembered at the start."""
    monkeypatch.setenv("ACCORD_TRIAL_CACHE", str(tmp_path / "trials"))
    monkeypatch.setattr(tried_once, "_found", {})
    tried = []
    for module, name in ((choice, "choose_forward"), (reading_trial, "choose_reading")):
        monkeypatch.setattr(module, name, counted(getattr(module, name), tried))
    return tried


def counted(trial, tried):
    def count(model, *arguments, **options):
        tried.append(type(model).__name__)
        return trial(model, *arguments, **options)

    return count


@pytest.fixture
def as_a_new_process(monkeypatch):
    return lambda: monkeypatch.setattr(tried_once, "_found", {})


@pytest.fixture
def reward_model(tiny_base, tmp_path):
    directory = tmp_path / "reward_model"
    load_reward_model(tiny_base, device=torch.device("cpu"), seed=1).save_pretrained(directory)
    load_tokenizer(tiny_base)[0].save_pretrained(directory)
    return directory


def train(directory, **settings):
    run = train_here(write_train_config(directory, **settings))
    return json.loads((run / "plan.json").read_text())


def test_a_second_run_remembers_and_its_plan_says_so(
    tiny_base, data_files, tmp_path, tried, as_a_new_process
):
    settings = {"method": "dpo", "base": tiny_base, "data_files": data_files}
    first = train(tmp_path / "first", **settings)
    kind = "LlamaForCausalLM"
    assert first["trials"] == {"forward": {kind: "tried"}, "sampling": {kind: "tried"}}
    tried.clear()
    as_a_new_process()
    second = train(tmp_path / "second", **settings, beta=0.3)
    assert second["trials"] == {"forward": {kind: "remembered"}, "sampling": {kind: "remembered"}}
    assert [second[part] for part in ("forward", "sampling")] == [
        first[part] for part in ("forward", "sampling")
    ]
    assert tried == []


def test_chat_and_sample_try_a_checkpoint_once_and_evaluate_remembers_its_way(
    tiny_base, data_files, tmp_path, tried, as_a_new_process, monkeypatch, capsys
):
    def run(*arguments):
        as_a_new_process()
        tried.clear()
        assert main([str(argument) for argument in arguments]) == 0
        return len(tried)

    monkeypatch.setattr("sys.stdin", iter(["Hello", "And?", "So?"]))
    chat = ("chat", tiny_base, "--max-new-tokens=2")
    assert run(*chat) == 1  # however many turns
    monkeypatch.setattr("sys.stdin", iter(["Hello"]))
    assert run(*chat) == 0
    evaluate = ("evaluate", "--checkpoint", tiny_base, "--data", data_files[1])
    quick = ("--n-prompts=1", "--max-new-tokens=2", "--no-safety", "--output")
    assert run(*evaluate, *quick, tmp_path / "one") == 2
    assert run(*evaluate, *quick, tmp_path / "two") == 0
    sample = tmp_path / "sample"
    sample.mkdir()
    (sample / "prompts.jsonl").write_text(
        json.dumps({"id": "p", "messages": [{"role": "user", "content": "Hello"}]})
    )
    body = {"schema": 1, "task": "sample", "checkpoint": str(tiny_base), "base": None}
    body |= {"prompts": str(sample / "prompts.jsonl"), "settings": {"max_new_tokens": 2}}
    (sample / "config.json").write_text(json.dumps(body))
    assert run("sample", sample) == 0


def test_a_reward_model_is_remembered_by_its_own_files_not_the_policys(
    tiny_base, reward_model, data_files, tmp_path, tried, as_a_new_process
):
    settings = {"method": "ppo", "base": tiny_base, "data_files": data_files}
    settings |= {"rewards": [{"kind": "model", "path": str(reward_model)}], "max_new_tokens": 4}
    settings |= {"n_sample_prompts": 0, "epochs": 1}
    first = train(tmp_path / "first", **settings)
    kinds = {"LlamaForCausalLM", "LlamaForSequenceClassification"}
    assert {*first["trials"]["forward"]} == kinds  # values begin at the reward model
    module = load_reward_model(reward_model, device=torch.device("cpu"), seed=0)
    with torch.no_grad():
        module.model.norm.weight.mul_(2)
    module.save_pretrained(reward_model)
    as_a_new_process()
    second = train(tmp_path / "second", **settings)
    assert second["trials"]["forward"] == {
        "LlamaForCausalLM": "remembered",
        "LlamaForSequenceClassification": "tried",
    }


def test_a_run_that_goes_on_keeps_to_its_plan_and_remembers_nothing_of_its_own_weights(
    tiny_base, data_files, tmp_path, tried
):
    settings = {"method": "dpo", "base": tiny_base, "data_files": data_files}
    first = train_here(write_train_config(tmp_path / "first", **settings, save_every_seconds=0.0))
    checkpoint = sorted((first / "checkpoints").iterdir())[0]
    plan = train(tmp_path / "second", **settings, resume=checkpoint, save_every_seconds=0.0)
    kept = {"LlamaForCausalLM": "kept in the plan"}
    assert plan["trials"] == {"forward": kept, "sampling": kept}
