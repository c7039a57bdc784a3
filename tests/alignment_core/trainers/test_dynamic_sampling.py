"""DAPO looks for prompts whose samples earn differently, and says so where it finds too few."""

import json

import pytest

from tests.alignment_core.rollout_runs import SAME, rollout_settings
from tests.alignment_core.small_runs import metrics_of, train_here, write_train_config


@pytest.fixture
def run(tiny_base, data_files, tmp_path):
    """A run directory of DAPO, with its config."""

    def configured(**settings):
        return write_train_config(
            tmp_path / "run",
            method="dapo",
            base=tiny_base,
            data_files=data_files,
            **rollout_settings("dapo", **settings),
        )

    return configured


def test_a_prompt_whose_samples_earn_the_same_is_left_out_and_another_sampled(run):
    directory = train_here(run(dynamic_threshold=1.0))
    for line in metrics_of(directory, "train"):
        assert line["sampling/sampled"] > line["sampling/kept"] > 0
        assert line["group_reward_std"] > line["sampling/running_std"]


def test_where_rounds_run_out_the_step_learns_from_the_prompts_it_has_found(run):
    directory = train_here(run(dynamic_threshold=1.0, max_sampling_rounds=1))
    for line in metrics_of(directory, "train"):
        assert line["sampling/filled"] == line["sampling/kept"] / line["sampling/sampled"] < 1
        assert line["loss"] is not None
        assert line["group_reward_std"] > line["sampling/running_std"]


def test_a_run_whose_samples_all_earn_the_same_ends_saved_with_an_alarm(run):
    directory = train_here(run(rewards=[SAME]))
    summary = json.loads((directory / "summary.json").read_text())
    assert summary["steps"] == 0
    assert "samples_ran_dry" in [alarm["name"] for alarm in summary["alarms"]]
    assert metrics_of(directory, "dry")[0]["sampling/sampled"] == 12
    assert [path.name for path in (directory / "checkpoints").iterdir()] == ["step-0"]
    assert (directory / "final" / "model.safetensors").exists()
