import json

import pytest

from tests.alignment_core.small_runs import train_here, write_train_config


def test_the_token_budget_changes_no_score_of_the_summary(tmp_path, tiny_base, data_files):
    samples = []
    for budget in (1, 100_000):
        directory = write_train_config(
            tmp_path / str(budget),
            method="reward_model",
            base=tiny_base,
            data_files=data_files,
            tokens_per_micro_batch=budget,
            n_sample_prompts=5,
        )
        samples.append(json.loads((train_here(directory) / "summary.json").read_text())["samples"])
    one_by_one, together = samples
    assert [pair["id"] for pair in one_by_one] == [pair["id"] for pair in together]
    assert len(together) == 5
    for one, other in zip(one_by_one, together, strict=True):
        for name in ("reward_chosen", "reward_rejected"):
            assert one[name] == pytest.approx(other[name], abs=1e-4)
