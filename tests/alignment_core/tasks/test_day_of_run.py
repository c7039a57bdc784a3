"""The day on which a run began is the day of all that reads its template from then on."""

import json
from datetime import UTC, datetime

import pytest
import torch
from transformers import AutoTokenizer

from alignment_core.configs.rewards import parse_rewards
from alignment_core.data.template_date import KEPT_AS
from alignment_core.data.tokenization import ChatEncoder
from alignment_core.errors import LoadingError
from alignment_core.forward.forward import Forward
from alignment_core.models.loading import load_reward_model
from alignment_core.models.tiny import make_tiny_checkpoint
from alignment_core.processes.stopping import Stopper
from alignment_core.rewards.scoring import Scorer
from alignment_core.runs.run_directory import RunDirectory, saved_steps
from alignment_core.tasks.prepared_evaluation import prepare_evaluation
from alignment_core.tasks.requests import (
    evaluate_request,
    read_request,
    sample_request,
    train_request,
)
from alignment_core.tasks.sample import run_sample
from alignment_core.tasks.train import TrainTask
from tests.alignment_core.small_runs import TEXTS, metrics_of, write_train_config

MONDAY, TUESDAY = datetime(2026, 3, 2, 23, 59, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)
CPU = torch.device("cpu")
SIZES = {"vocab_size": 400, "hidden_size": 16, "n_layers": 1, "n_heads": 2, "context": 128}


@pytest.fixture(scope="module")
def dated_base(tmp_path_factory):
    """A base whose template writes today's date into every chat."""
    directory = tmp_path_factory.mktemp("bases") / "dated"
    make_tiny_checkpoint(TEXTS, directory, **SIZES)
    tokenizer = AutoTokenizer.from_pretrained(directory)
    tokenizer.chat_template = "{{ strftime_now('%d %b') }} " + tokenizer.chat_template
    tokenizer.save_pretrained(directory)
    return directory


@pytest.fixture(scope="module")
def dated_judge(dated_base, tmp_path_factory):
    """A reward model over that base, with its template."""
    directory = tmp_path_factory.mktemp("judges") / "dated"
    load_reward_model(dated_base, device=CPU, seed=0).save_pretrained(directory)
    AutoTokenizer.from_pretrained(dated_base).save_pretrained(directory)
    return directory


def at(moment, directory):
    directory.mkdir(exist_ok=True)
    return RunDirectory(directory, clock=moment.timestamp)


def train(directory, moment):
    request = train_request(read_request(directory / "config.json", task="train"))
    TrainTask(request, at(moment, directory), Stopper()).run()
    return directory


@pytest.fixture
def config_of(dated_base, data_files, tmp_path):
    def make(name, **settings):
        settings = {"method": "sft", "base": dated_base, "data_files": data_files} | settings
        return write_train_config(tmp_path / name, **settings)

    return make


def json_of(directory, name):
    return json.loads((directory / name).read_text())


def first_prompt(directory):
    return json_of(directory, "preflight.json")["samples"][0]["read"]


@pytest.mark.parametrize("method", ["sft", "dpo"])
def test_a_run_that_goes_on_the_next_day_learns_what_it_began_with(method, config_of):
    whole = train(config_of("whole", method=method, save_every_seconds=0.0), MONDAY)
    checkpoint = saved_steps(whole / "checkpoints")[0]
    resumed = train(config_of("resumed", method=method, resume=checkpoint), TUESDAY)
    weights = [(run / "final" / "model.safetensors").read_bytes() for run in (whole, resumed)]
    assert weights[0] == weights[1]
    assert metrics_of(resumed, "train") == metrics_of(whole, "train")
    for run in (whole, resumed):
        assert first_prompt(run).startswith("02 Mar")
        assert json_of(run, "plan.json")[KEPT_AS] == "2026-03-02"
        assert json_of(run, "preflight.json")[KEPT_AS] == "2026-03-02"


def test_another_day_cannot_be_asked_for_when_a_run_goes_on(config_of):
    whole = train(config_of("whole", save_every_seconds=0.0), MONDAY)
    checkpoint = saved_steps(whole / "checkpoints")[0]
    with pytest.raises(LoadingError, match="template_date"):
        train(config_of("resumed", resume=checkpoint, template_date="2026-03-03"), TUESDAY)


def test_what_was_trained_is_trained_further_evaluated_and_sampled_on_its_day(
    config_of, dated_base, dated_judge, data_files, tmp_path, monkeypatch
):
    final = train(config_of("first"), MONDAY) / "final"
    assert first_prompt(train(config_of("further", base=final), TUESDAY)).startswith("02 Mar")

    body = {"checkpoint": str(final), "reference": str(dated_base), "against": str(dated_base)}
    body |= {"reward_model": str(dated_judge), "data": str(data_files[1]), "settings": {}}
    prepared = prepare_evaluation(
        evaluate_request(body), at(TUESDAY, tmp_path / "evaluation"), Stopper()
    )
    for encoder in (prepared.encoder, prepared.encoder_of("against")):
        assert encoder.day.isoformat() == "2026-03-02"

    days = []
    plain = ChatEncoder.prompt_ids
    monkeypatch.setattr(
        ChatEncoder, "prompt_ids", lambda self, chat: days.append(self.day) or plain(self, chat)
    )
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text(json.dumps({"id": "a", "messages": [{"role": "user", "content": "Hm?"}]}))
    settings = {"n_samples": 1, "max_new_tokens": 2}
    body = {"checkpoint": str(final), "base": str(dated_base), "prompts": str(prompts)}
    run_sample(
        sample_request(body | {"settings": settings}), at(TUESDAY, tmp_path / "samples"), Stopper()
    )
    assert {day.isoformat() for day in days} == {"2026-03-02"}


@pytest.mark.parametrize("settings", [{"template_date": "2026-01-01"}, {}])
def test_runs_of_different_days_share_a_reference_where_the_day_is_given(
    settings, config_of, tmp_path
):
    """Either by the setting, or by a base that was trained before."""
    base = {} if settings else {"base": train(config_of("base"), MONDAY) / "final"}
    sources = []
    for name, moment in (("one", MONDAY), ("two", TUESDAY)):
        run = config_of(name, method="dpo", reference_cache=tmp_path / "cache", **settings, **base)
        sources.append(json_of(train(run, moment), "plan.json")["reference"]["from"]["train"])
    assert sources == ["computed", "cache"]
    assert first_prompt(run).startswith("01 Jan" if settings else "02 Mar")


def test_a_reward_model_without_a_day_of_its_own_is_told_the_runs(dated_judge):
    scorer = Scorer(
        parse_rewards([{"kind": "model", "path": str(dated_judge)}]),
        device=CPU,
        forward=lambda module, _: Forward(module),
        token_budget=64,
        longest=64,
        day=MONDAY.date(),
    )
    ((_, _, score),) = scorer.rewards
    assert score.encoder.day == MONDAY.date()
