"""Every method that learns from pairs, with each of its choices, on a tiny model."""

import json
import math
from itertools import chain

import pytest
import torch

from alignment_core.configs.policies import LOSSES as KNOWN_LOSSES
from alignment_core.data.micro_batches import step_examples
from alignment_core.data.records import VerdictCounts, write_records
from alignment_core.errors import Refused
from alignment_core.evaluation.metrics import Totals
from alignment_core.methods.dpo import LOSSES
from alignment_core.runs.run_directory import saved_steps
from alignment_core.trainers.loop import accumulate_gradients
from alignment_core.trainers.objective import trained_modules
from tests.alignment_core.small_runs import (
    make_record,
    metrics_of,
    objective_of,
    train_here,
    write_train_config,
)

CHOICES = {
    "dpo robust": {"loss": "robust", "label_smoothing": 0.1},
    "dpo ipo": {"loss": "ipo", "soft_labels": True},
    "dpo hinge": {"loss": "hinge", "strength_margin": 0.5},
    "dpo apo_zero": {"loss": "apo_zero"},
    "dpo apo_down": {"loss": "apo_down"},
    "dpo exo_pair": {"loss": "exo_pair", "label_smoothing": 0.1, "soft_labels": True},
    "dpo nca_pair": {"loss": "nca_pair", "soft_labels": True},
    "dpo sppo": {"loss": "sppo", "soft_labels": True, "weighting": "equal"},
    "dpo sigmoid_norm": {"loss": "sigmoid_norm", "ties": "davidson"},
    "dpo length-normalised": {"log_ratio": "mean", "beta": 5.0, "weighting": "agreement"},
    "dpo length-desensitized": {"ld_alpha": 0.5, "nll_weight": 0.5, "curriculum": "reference"},
    "dpo davidson": {"ties": "davidson", "soft_labels": True},
    "dpo rao_kupper": {"ties": "rao_kupper", "tie_nu": 3.0},
    "simpo": {"soft_labels": True, "nll_weight": 0.5},
    "cpo": {"soft_labels": True},
    "orpo": {"ties": "half", "curriculum": "agreement"},
    "kto": {"both_bad": True},
    "reward_model heads": {"n_heads": 3, "ties": "davidson"},
    "reward_model cohorts": {"cohort_heads": True, "soft_labels": True, "centring": 0.01},
    "reward_model dropout": {"head_dropout": 0.2, "strength_margin": 0.2},
}
RESUMED = [
    "dpo length-desensitized",
    "simpo",
    "cpo",
    "orpo",
    "kto",
    "reward_model heads",
    "reward_model cohorts",
    "reward_model dropout",
]


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
    def write(name, choice, **settings):
        return write_train_config(
            tmp_path / name,
            method=choice.split()[0],
            base=tiny_base,
            data_files=voted_files,
            **{**CHOICES.get(choice, {}), "n_sample_prompts": 0, **settings},
        )

    return write


def first_step(directory, *, token_budget=10**6):
    """Loss, gradient and figures of a first step over every example, in float64."""
    objective, data = objective_of(directory)
    totals = Totals()
    everything = range(len(data.lengths))
    loss = accumulate_gradients(
        objective, everything, data=data, token_budget=token_budget, totals=totals, step=3
    )
    gradient = torch.cat(
        [
            weight.grad.flatten()
            for module in trained_modules(objective).values()
            for weight in module.parameters()
            if weight.grad is not None
        ]
    )
    return loss, gradient, totals.means()


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


def test_a_curriculum_orders_the_first_epoch_only(config_of):
    objective, _ = objective_of(config_of("run", "dpo", curriculum="strength"))
    order = objective.curriculum()
    strengths = [objective.context.train.records[index].strength for index in order]
    assert strengths == sorted(strengths, reverse=True)
    n = len(order)
    steps = [
        step_examples(n, batch_size=3, seed=0, step=step, curriculum=order) for step in range(6)
    ]
    first, second = list(chain(*steps[:3])), list(chain(*steps[3:]))
    assert first == order
    assert sorted(second) == list(range(n))
    assert second != order


def test_a_curriculum_by_the_reference_goes_by_its_margin_a_token(config_of):
    objective, _ = objective_of(config_of("run", "dpo", curriculum="reference"))
    examples = objective.context.train.examples
    scores = objective.forward.completions(examples)
    chosen, rejected = (scores.log_prob / scores.n_tokens).detach().chunk(2)
    margins = (chosen - rejected)[objective.curriculum()].tolist()
    assert margins == pytest.approx(sorted(margins, reverse=True), abs=1e-5)
