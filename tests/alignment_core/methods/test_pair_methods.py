"""Every method that learns from pairs, with each of its choices, on a tiny model."""

import json
import math

import pytest
import torch

from alignment_core.configs.policies import LOSSES as KNOWN_LOSSES
from alignment_core.errors import Refused
from alignment_core.evaluation.metrics import Totals
from alignment_core.methods.dpo import LOSSES
from alignment_core.runs.run_directory import saved_steps
from tests.alignment_core.pair_runs import CHOICES, RESUMED, first_step
from tests.alignment_core.small_runs import (
    metrics_of,
    objective_of,
    train_here,
    write_train_config,
)


def test_every_loss_that_can_be_asked_for_is_there():
    assert LOSSES.keys() == KNOWN_LOSSES.keys()


@pytest.mark.parametrize("choice", CHOICES)
def test_the_split_into_micro_batches_changes_nothing(choice, config_of):
    directory = config_of("run", choice)
    whole, gradient, _ = first_step(directory)
    for token_budget in (1, 150):
        loss, parts, _ = first_step(directory, token_budget=token_budget)
        assert loss == pytest.approx(whole, rel=1e-7)
        assert gradient.norm() > 0
        assert (parts - gradient).norm() <= 1e-6 * gradient.norm()


@pytest.mark.parametrize("choice", RESUMED)
def test_a_resumed_run_ends_in_the_same_bytes(choice, config_of):
    options = {"epochs": 2, "batch_size": 4, "keep_checkpoints": 9}
    whole = train_here(config_of("whole", choice, save_every_seconds=0.0, **options))
    assert all(math.isfinite(line["loss"]) for line in metrics_of(whole, "train"))
    checkpoint = saved_steps(whole / "checkpoints")[0]  # within the first epoch
    resumed = train_here(config_of("resumed", choice, resume=checkpoint, **options))
    for path in (whole / "final").glob("*.safetensors"):
        assert (resumed / "final" / path.name).read_bytes() == path.read_bytes()
    for phase in ("train", "eval"):
        assert metrics_of(resumed, phase) == metrics_of(whole, phase)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, math.log(2)),
        ({"loss": "robust", "label_smoothing": 0.1}, math.log(2)),
        ({"loss": "ipo"}, 25.0),  # (0 - 1 / 2β)² at β = 0.1
        ({"loss": "hinge"}, 1.0),
        ({"loss": "apo_zero"}, 1.0),
        ({"loss": "apo_down"}, 1.0),
        ({"loss": "sigmoid_norm"}, math.log(2)),
        # KL of ½ from 0.9
        ({"loss": "exo_pair", "label_smoothing": 0.1}, -0.5 * math.log(4 * 0.9 * 0.1)),
        ({"loss": "nca_pair"}, 2 * math.log(2)),
        ({"loss": "sppo"}, 50.0),  # 2 × (0 - 1 / 2β)² at β = 0.1
        # 8 preferences with P(win) = ¼ and a tie with ½, at ν = 3 and d = 0
        ({"ties": "rao_kupper", "tie_nu": 3.0}, (8 * math.log(4) + math.log(2)) / 9),
        ({"ties": "davidson", "tie_nu": 1.0}, (8 * math.log(4) + math.log(2)) / 9),
    ],
)
def test_a_loss_begins_where_policy_and_reference_agree(settings, expected, config_of):
    loss, _, figures = first_step(config_of("run", "dpo", **settings))
    assert loss == pytest.approx(expected, rel=1e-4)
    assert figures["rewards/margins"] == pytest.approx(0, abs=1e-4)
    assert figures["rewards/accuracies"] == 0.5


def test_imitation_beside_dpo_divides_by_tokens_and_leaves_ties_out(config_of):
    loss, _, figures = first_step(
        config_of("run", "dpo", ties="half", nll_weight=0.5), token_budget=150
    )
    objective, _ = objective_of(config_of("again", "dpo"))  # without the tie
    examples = objective.context.train.examples
    scores = objective.forward.completions(examples)
    n_tokens = sum(len(example.completions[0]) for example in examples)
    nll = -float(scores.log_prob.detach()[: len(examples)].sum()) / n_tokens
    assert figures["nll_loss"] == pytest.approx(nll, rel=1e-6)
    assert loss == pytest.approx(math.log(2) + 0.5 * nll, rel=1e-4)


@pytest.mark.parametrize("method", ["simpo", "cpo"])
def test_imitation_is_added_to_a_loss_without_a_reference(method, config_of):
    plain, with_imitation = (
        first_step(config_of(f"run-{weight}", method, nll_weight=weight)) for weight in (0.0, 0.5)
    )
    assert "nll_loss" not in plain[2]
    nll = with_imitation[2]["nll_loss"]
    assert with_imitation[0] == pytest.approx(plain[0] + 0.5 * nll, rel=1e-9)


def test_sigmoid_norm_is_the_sigmoid_of_means(config_of):
    settings = {"beta": 5.0}
    norm, mean = (
        first_step(config_of(name, "dpo", **settings, **more))
        for name, more in (
            ("norm", {"loss": "sigmoid_norm"}),
            ("mean", {"log_ratio": "mean"}),
        )
    )
    assert norm[0] == mean[0]
    assert torch.equal(norm[1], mean[1])


def test_orpo_is_imitation_and_the_odds(config_of):
    loss, _, figures = first_step(config_of("run", "orpo", ties="drop", odds_weight=0.3))
    nll = figures["completion_nll_loss"]
    assert loss == pytest.approx(nll - 0.3 * figures["log_odds_ratio"], rel=1e-9)


def test_weights_by_agreement_change_nothing_where_all_agree_alike(tiny_base, data_files, tmp_path):
    losses = [
        first_step(
            write_train_config(
                tmp_path / weighting,
                method="simpo",
                base=tiny_base,
                data_files=data_files,  # 3 votes to 1 on each pair
                weighting=weighting,
            )
        )
        for weighting in ("equal", "agreement")
    ]
    assert losses[0][0] == pytest.approx(losses[1][0], rel=1e-6)
    torch.testing.assert_close(losses[0][1], losses[1][1], rtol=1e-6, atol=1e-9)


def test_a_margin_by_strength_is_asked_of_the_rewards_but_not_of_a_tie(config_of):
    loss, _, _ = first_step(config_of("run", "dpo", strength_margin=0.5, ties="half"))
    # strengths of 1 and 2 by turns: log(1 + e^½) and log(1 + e), and a tie
    preferences = 4 * (math.log1p(math.exp(0.5)) + math.log1p(math.exp(1.0)))
    assert loss == pytest.approx((preferences + math.log(2)) / 9, rel=1e-4)


def test_uneven_votes_on_a_tie_say_nothing_about_right_and_wrong(config_of):
    objective, _ = objective_of(config_of("run", "dpo", soft_labels=True))
    tie = [record.outcome for record in objective.context.train.records].index("tie")
    assert objective.context.train.targets[tie].p_chosen != 0.5
    totals = Totals()
    objective.begin_step(0, [tie])
    objective.loss([tie], totals)
    assert "rewards/accuracies" not in totals.means()


def test_kto_learns_that_both_are_bad_only_where_it_is_asked_to(config_of):
    used = {}
    for both_bad in (False, True):
        directory = config_of(f"run-{both_bad}", "kto", both_bad=both_bad)
        _, _, figures = first_step(directory)
        assert figures["kl"] == 0.0  # policy and reference agree
        used[both_bad] = json.loads((directory / "preflight.json").read_text())["train"]["n_used"]
    assert used == {False: 8, True: 9}


def test_methods_without_a_reference_compute_none(config_of):
    for method, has_reference in (
        ("simpo", False),
        ("cpo", False),
        ("orpo", False),
        ("dpo", True),
        ("kto", True),
    ):
        directory = config_of(method, method)
        objective_of(directory)
        assert (directory / "reference.safetensors").exists() == has_reference


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"ties": "davidson"}, "tie_nu"),
        ({"strength_margin": 1.0}, "strength_margin"),
    ],
)
def test_settings_that_find_nothing_in_the_records_are_refused(
    settings, named, tiny_base, data_files, tmp_path
):
    directory = write_train_config(
        tmp_path / "run", method="dpo", base=tiny_base, data_files=data_files, **settings
    )
    with pytest.raises(Refused, match=named):
        train_here(directory)
