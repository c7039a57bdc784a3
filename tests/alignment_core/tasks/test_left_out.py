"""Records that cannot be used, on the way through whole runs."""

import json
import shutil

import pytest
import torch
from transformers import AutoTokenizer

from alignment_core.__main__ import main
from alignment_core.data.chat_rendering import FOLDS_AS
from alignment_core.data.records import write_records
from alignment_core.errors import Refused
from alignment_core.models.loading import load_reward_model
from alignment_core.models.tiny import make_tiny_checkpoint
from tests.alignment_core.rollout_runs import rollout_settings
from tests.alignment_core.small_runs import TEXTS, make_record, train_here, write_train_config

SIZES = {"vocab_size": 400, "hidden_size": 16, "n_layers": 1, "n_heads": 2, "context": 128}
NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
KIND = {"role": "system", "content": "Be kind."}
HALF = {"max_unusable": 0.5}


def with_template(source, directory, change):
    shutil.copytree(source, directory, dirs_exist_ok=True)
    tokenizer = AutoTokenizer.from_pretrained(directory)
    tokenizer.chat_template = change(tokenizer.chat_template)
    tokenizer.save_pretrained(directory)
    return directory


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    directory = tmp_path_factory.mktemp("bases") / "open"
    make_tiny_checkpoint(TEXTS, directory, **SIZES)
    return directory


@pytest.fixture(scope="module")
def strict_base(base, tmp_path_factory):
    """A base whose template takes no system message."""
    return with_template(
        base, tmp_path_factory.mktemp("bases") / "strict", lambda template: NO_SYSTEM + template
    )


@pytest.fixture(scope="module")
def strict_reward_model(strict_base, tmp_path_factory):
    directory = tmp_path_factory.mktemp("reward models") / "strict"
    load_reward_model(strict_base, device=torch.device("cpu"), seed=0).save_pretrained(directory)
    AutoTokenizer.from_pretrained(strict_base).save_pretrained(directory)
    return directory


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Of eight records the second has a system message, and one line more is none."""
    path = tmp_path_factory.mktemp("records") / "pairs.jsonl"
    records = [make_record(number) for number in range(8)]
    records[1] = make_record(1, prompt=(KIND, *records[1].prompt))
    write_records(path, records)
    with path.open("a") as file:
        file.write("{\n")
    return path


@pytest.fixture
def run(data, tmp_path):
    def train(method, model, **settings):
        settings = rollout_settings(method, **settings) if method == "grpo" else settings
        directory = write_train_config(
            tmp_path / "run", method=method, base=model, data_files=(data, data), **settings
        )
        train_here(directory)
        return json.loads((directory / "preflight.json").read_text()), directory

    return train


@pytest.mark.parametrize("method", ["sft", "dpo", "kto", "grpo"])
def test_a_run_goes_on_without_the_records_it_cannot_use(method, strict_base, run):
    preflight, _ = run(method, strict_base, **HALF)
    for split in (preflight["train"], preflight["eval"]):
        assert split["dropped"] == {"no_place_for_system": 1, "unreadable": 1}
        assert (split["n_records"], split["n_used"]) == (9, 7)
        rows = [(one["reason"], one["row"], one["id"]) for one in split["left_out"]]
        assert rows == [("no_place_for_system", 2, "r-001"), ("unreadable", 9, None)]


@pytest.mark.parametrize("method", ["sft", "grpo"])
def test_a_run_with_more_of_them_than_it_allows_is_refused(method, strict_base, run):
    with pytest.raises(Refused, match="2 of 9 records cannot be used") as refused:
        run(method, strict_base, max_unusable=0.2)
    assert refused.value.field == "train_data"


def test_a_run_that_folds_system_messages_says_so_with_what_it_trains(strict_base, run, data):
    preflight, directory = run("sft", strict_base, fold_system=True, **HALF)
    assert preflight["train"]["dropped"] == {"unreadable": 1}
    assert "Be kind.\n\nr: Which" in "".join(sample["read"] for sample in preflight["samples"])
    config = json.loads((directory / "final" / "tokenizer_config.json").read_text())
    assert config[FOLDS_AS] is True
    report = evaluate(directory / "final", directory.parent / "evaluation", data, strict_base)
    assert report["data"]["dropped"] == {"unreadable": 1}


def test_a_prompt_that_a_reward_model_refuses_is_met_before_training(
    base, strict_reward_model, run
):
    rewards = [{"kind": "model", "path": str(strict_reward_model)}]
    preflight, _ = run("grpo", base, rewards=rewards, **HALF)
    assert preflight["train"]["dropped"] == {"reward_model_refuses": 1, "unreadable": 1}


def evaluate(checkpoint, output, data, reference, *more):
    command = ["evaluate", "--checkpoint", checkpoint, "--reference", reference, "--data", data]
    command += ["--output", output, "--max-unusable", 0.5, "--no-safety", *more]
    command += ["--n-prompts", 8, "--n-samples", 1, "--max-new-tokens", 2]
    assert main([str(argument) for argument in command]) == 0
    return json.loads((output / "evaluation.json").read_text())


def test_an_evaluation_leaves_out_what_either_of_its_models_cannot_read(
    base, strict_base, strict_reward_model, data, tmp_path
):
    beside = ("--reward-model", strict_reward_model, "--against", strict_base)
    report = evaluate(base, tmp_path / "evaluation", data, base, *beside)
    assert report["data"]["dropped"] == {"unreadable": 1, "other_model": 1}
    assert [one["row"] for one in report["data"]["left_out"]] == [9]
    assert report["sections"]["reward_model"]["accuracy"]["n"] == 7  # it refuses one of the eight


def test_a_prompt_that_a_template_refuses_is_skipped_by_name(strict_base, tmp_path):
    from alignment_core.processes.stopping import Stopper
    from alignment_core.runs.run_directory import RunDirectory
    from alignment_core.tasks.requests import sample_request
    from alignment_core.tasks.sample import run_sample

    ask = {"role": "user", "content": "Which colour?"}
    prompts = tmp_path / "prompts.jsonl"
    lines = [{"id": "plain", "messages": [ask]}, {"id": "kind", "messages": [KIND, ask]}]
    prompts.write_text("\n".join(map(json.dumps, lines)))
    settings = {"n_samples": 1, "max_new_tokens": 2}
    body = {"checkpoint": str(strict_base), "prompts": str(prompts), "settings": settings}
    run_sample(sample_request(body), RunDirectory(tmp_path), Stopper())
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["n_samples"] == 1
    assert summary["skipped"] == [{"prompt_id": "kind", "reason": "no_place_for_system"}]
