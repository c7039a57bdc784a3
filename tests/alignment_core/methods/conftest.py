"""Records with votes, and runs on them."""

import pytest
import torch

from alignment_core.data.records import VerdictCounts, write_records
from alignment_core.models.loading import load_reward_model, load_tokenizer
from tests.alignment_core.pair_runs import CHOICES
from tests.alignment_core.rollout_runs import (
    rollout_settings,
)
from tests.alignment_core.small_runs import (
    make_record,
    write_train_config,
)

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def voted_files(tmp_path_factory):
    """Records with votes of two cohorts, strengths, a tie and a pair in which both are bad."""
    directory = tmp_path_factory.mktemp("voted")
    cohorts = {"a": VerdictCounts(chosen=2), "b": VerdictCounts(chosen=1, rejected=1)}
    records = [
        make_record(
            number,
            strength=1.0 + number % 2,
            verdicts=VerdictCounts(chosen=2 + number % 3, rejected=1),
            verdicts_by_cohort=cohorts,
        )
        for number in range(8)
    ]
    tie = VerdictCounts(chosen=1, tie=2)
    records.append(make_record(8, outcome="tie", verdicts=tie, strength=1.0))
    records.append(make_record(9, outcome="both_bad", verdicts=VerdictCounts(both_bad=3)))
    held_out = [
        make_record(0, prefix="held-out", verdicts_by_cohort=cohorts),
        make_record(1, prefix="held-out", outcome="tie"),
    ]
    files = directory / "train.jsonl", directory / "eval.jsonl"
    for path, content in zip(files, (records, held_out), strict=True):
        write_records(path, content)
    return files


@pytest.fixture
def config_of(tiny_base, voted_files, tmp_path):
    """A run directory of a method that learns from pairs, with one of its choices."""

    def write(name, choice, **settings):
        return write_train_config(
            tmp_path / name,
            method=choice.split()[0],
            base=tiny_base,
            data_files=voted_files,
            **{**CHOICES.get(choice, {}), "n_sample_prompts": 0, **settings},
        )

    return write


@pytest.fixture
def rollout_run(tiny_base, data_files, tmp_path):
    """A run directory of a method, with its config."""

    def configured(method, *, name="run", **settings):
        return write_train_config(
            tmp_path / name,
            method=method,
            base=tiny_base,
            data_files=data_files,
            **rollout_settings(method, **settings),
        )

    return configured


@pytest.fixture(scope="module")
def reward_model(tiny_base, tmp_path_factory):
    """A reward model over the policy's own tokens."""
    directory = tmp_path_factory.mktemp("reward") / "model"
    load_reward_model(tiny_base, device=CPU, seed=7).save_pretrained(directory)
    load_tokenizer(tiny_base)[0].save_pretrained(directory)
    return directory
