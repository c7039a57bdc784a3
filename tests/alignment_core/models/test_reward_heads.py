"""Heads beside a reward model's score: uncertainty, and cohorts."""

import json

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification

from alignment_core.data.records import VerdictCounts, write_records
from alignment_core.errors import LoadingError, Refused
from alignment_core.evaluation.metrics import Totals
from alignment_core.forward.forward import Forward
from alignment_core.models.loading import load_reward_model
from alignment_core.models.reward_heads import HEADS, RewardHeads, dropout_spread
from tests.alignment_core.small_runs import (
    make_record,
    metrics_of,
    objective_of,
    train_here,
    write_train_config,
)

CPU = torch.device("cpu")


def test_the_score_is_the_mean_of_the_heads():
    heads = RewardHeads(8, n_heads=5, cohorts=(), seed=1)
    hidden = torch.randn(3, 8, generator=torch.Generator().manual_seed(0))
    apart = heads.apart_from_score(hidden)
    assert apart.shape == (3, 5)
    torch.testing.assert_close(apart.mean(1), torch.zeros(3), atol=1e-6, rtol=0)
    assert (heads.spread(hidden) > 0).all()


def test_one_head_and_no_cohorts_is_the_score_alone():
    assert RewardHeads(8, n_heads=1, cohorts=()).is_empty
    assert not RewardHeads(8, n_heads=1, cohorts=("a",)).is_empty


def test_cohorts_begin_at_the_score():
    heads = RewardHeads(8, n_heads=1, cohorts=("a", "b"))
    assert not heads.cohort_from_score(torch.ones(3, 8)).any()


def test_heads_come_back_from_the_disk_as_they_were(tmp_path):
    heads = RewardHeads(8, n_heads=3, cohorts=("a", "乙"), seed=2)
    heads.by_cohort.data.normal_(generator=torch.Generator().manual_seed(0))
    heads.save(tmp_path)
    again = RewardHeads.load(tmp_path)
    assert again.cohorts == ("a", "乙")
    for name, tensor in heads.tensors().items():
        assert torch.equal(again.tensors()[name], tensor)


def test_a_directory_without_heads_has_none_and_a_damaged_one_is_refused(tmp_path):
    assert RewardHeads.load(tmp_path) is None
    (tmp_path / HEADS).write_bytes(b"broken")
    with pytest.raises(LoadingError, match="cannot read"):
        RewardHeads.load(tmp_path)
    with pytest.raises(LoadingError, match="another reward model"):
        RewardHeads(8, n_heads=3, cohorts=()).restore({"apart": torch.zeros(2, 8)})


def test_the_spread_under_dropout_is_what_many_samples_show():
    # w = (1, 2), h = (3, 1), a quarter left out: variance ⅓ × (9 + 4)
    hidden, weight = torch.tensor([[3.0, 1.0]]), torch.tensor([1.0, 2.0])
    exact = float(dropout_spread(hidden, weight, rate=0.25))
    assert exact == pytest.approx((13 / 3) ** 0.5, rel=1e-6)
    kept = np.random.default_rng(0).random((200_000, 2)) >= 0.25
    samples = (kept / 0.75 * np.array([3.0, 2.0])).sum(1)
    assert samples.std() == pytest.approx(exact, rel=0.01)
    assert float(dropout_spread(hidden, weight, rate=0.0)) == 0.0


@pytest.fixture(scope="module")
def divided_files(tmp_path_factory):
    """Records on which one cohort always wants the opposite of the other, which is smaller."""
    directory = tmp_path_factory.mktemp("divided")
    verdicts = {
        "verdicts": VerdictCounts(chosen=3, rejected=1),
        "verdicts_by_cohort": {
            "many": VerdictCounts(chosen=3),
            "few": VerdictCounts(rejected=1),
        },
    }
    files = directory / "train.jsonl", directory / "eval.jsonl"
    for path, n_records in zip(files, (12, 4), strict=True):
        write_records(
            path, [make_record(n, prefix=path.stem, **verdicts) for n in range(n_records)]
        )
    return files


@pytest.fixture
def divided_run(tiny_base, divided_files, tmp_path):
    def train(**settings):
        return train_here(
            write_train_config(
                tmp_path / "run",
                method="reward_model",
                base=tiny_base,
                data_files=divided_files,
                soft_labels=True,
                vote_prior=0.0,
                **settings,
            )
        )

    return train


def test_cohorts_that_disagree_each_get_a_head_of_their_own(divided_run):
    directory = divided_run(cohort_heads=True, cohort_shrinkage=0.0, epochs=15, learning_rate=1e-2)
    figures = metrics_of(directory, "eval")[-1]
    assert figures["accuracy"] == 1.0
    assert figures["accuracy/cohort/many"] == 1.0
    assert figures["accuracy/cohort/few"] == 1.0
    assert RewardHeads.load(directory / "final").cohorts == ("few", "many")


def test_shrinkage_holds_cohorts_to_the_score(divided_run):
    directory = divided_run(cohort_heads=True, cohort_shrinkage=1000.0, epochs=2)
    heads = RewardHeads.load(directory / "final")
    assert float(heads.by_cohort.detach().abs().max()) < 2e-3  # of the order of one step
    assert metrics_of(directory, "eval")[-1]["accuracy/cohort/few"] == 0.0


def test_what_a_pair_counts_does_not_change_the_shrinkage_of_cohorts(
    tiny_base, tmp_path_factory, tmp_path
):
    files = tmp_path_factory.mktemp("weighted") / "train.jsonl"
    counts = [VerdictCounts(chosen=4), VerdictCounts(chosen=3, rejected=2)]
    write_records(
        files,
        [
            make_record(n, verdicts=votes, verdicts_by_cohort={"all": votes})
            for n, votes in enumerate(counts)
        ],
    )
    losses = {}
    for shrinkage in (0.0, 0.5):
        directory = write_train_config(
            tmp_path / str(shrinkage),
            method="reward_model",
            base=tiny_base,
            data_files=(files, files),
            soft_labels=True,
            ties="drop",
            weighting="agreement",
            cohort_heads=True,
            cohort_shrinkage=shrinkage,
        )
        objective, _ = objective_of(directory)
        objective.heads.by_cohort.data.fill_(0.1)
        losses[shrinkage] = [objective.loss([index], Totals()).item() for index in (0, 1)]
    width = objective.heads.by_cohort.shape[1]
    for without, with_it in zip(losses[0.0], losses[0.5], strict=True):
        assert with_it - without == pytest.approx(0.5 * width * 0.1**2, rel=1e-9)


def test_the_finished_score_loads_with_plain_transformers_and_heads_lie_beside(
    divided_run, encoder
):
    directory = divided_run(n_heads=3, epochs=2, n_sample_prompts=2)
    plain = AutoModelForSequenceClassification.from_pretrained(directory / "final")
    ours = load_reward_model(directory / "final", device=CPU, seed=0)
    assert torch.equal(plain.score.weight, ours.score.weight)
    names = plain.state_dict().keys()
    assert not [name for name in names if "apart" in name or "cohort" in name]
    summary = json.loads((directory / "summary.json").read_text())
    heads = RewardHeads.load(directory / "final")
    for pair in summary["samples"]:
        prompt_ids = encoder.prompt_ids(pair["prompt"])
        ids, _ = encoder.completion_ids(pair["prompt"], pair["chosen"], prompt_ids=prompt_ids)
        hidden = ours.base_model(input_ids=torch.tensor([prompt_ids + ids])).last_hidden_state[
            0, -1:
        ]
        assert float(heads.spread(hidden).detach()) == pytest.approx(
            pair["reward_chosen_std"], rel=1e-3
        )
    assert metrics_of(directory, "eval")[-1]["reward_std"] > 0


def test_dropout_reports_its_spread_and_is_off_when_measuring(tiny_base, data_files, tmp_path):
    directory = write_train_config(
        tmp_path / "run",
        method="reward_model",
        base=tiny_base,
        data_files=data_files,
        head_dropout=0.3,
    )
    objective, _ = objective_of(directory)
    first, second = objective.measure(), objective.measure()
    assert torch.equal(first.margins, second.margins)
    assert first.metrics["reward_std"] > 0
    examples = objective.context.held_out.examples
    scores = Forward(objective.module).scores(examples).detach()
    torch.testing.assert_close(first.margins, torch.sub(*scores.chunk(2)))


def test_the_held_out_loss_is_the_likelihood_under_the_score_alone(
    tiny_base, divided_files, tmp_path
):
    losses = []
    for name, settings in (
        ("plain", {}),
        ("rich", {"cohort_heads": True, "n_heads": 3, "centring": 1.0, "head_dropout": 0.5}),
    ):
        directory = write_train_config(
            tmp_path / name,
            method="reward_model",
            base=tiny_base,
            data_files=divided_files,
            soft_labels=True,
            **settings,
        )
        losses.append(objective_of(directory)[0].measure().metrics["loss"])
    assert losses[0] == pytest.approx(losses[1], rel=1e-9)


def test_cohort_heads_without_votes_by_cohort_are_refused(tiny_base, data_files, tmp_path):
    directory = write_train_config(
        tmp_path / "run",
        method="reward_model",
        base=tiny_base,
        data_files=data_files,
        cohort_heads=True,
        soft_labels=True,
    )
    with pytest.raises(Refused, match="no record has votes by cohort"):
        train_here(directory)
