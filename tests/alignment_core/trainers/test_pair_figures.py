"""A figure with a name of TRL's is TRL's figure, as losses/data/make_trl_losses.py recorded it."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from alignment_core.configs import method_config
from alignment_core.data.targets import PairTarget
from alignment_core.evaluation.metrics import Totals
from alignment_core.forward.log_probs import CompletionScores, PairLogProbs
from alignment_core.methods.cpo import CPOObjective
from alignment_core.methods.dpo import LOSSES, DPOObjective
from alignment_core.methods.simpo import SimPOObjective
from alignment_core.trainers.pairs import HELD_OUT, Split
from alignment_core.trainers.votes import VoteLikelihood

THEIRS = json.loads((Path(__file__).parents[1] / "losses" / "data" / "trl_losses.json").read_text())
BETA = THEIRS["beta"]
POLICY, REFERENCE = (
    [torch.tensor(row, dtype=torch.float64) for row in THEIRS[name]]
    for name in ("policy", "reference")
)
SETTINGS = {
    "sigmoid": {},
    "sigmoid_norm": {"loss": "sigmoid_norm"},
    "ipo": {"loss": "ipo"},
    "ld_0.4": {"ld_alpha": 0.4},
}
CERTAIN = PairTarget(win=1.0, loss=0.0, tie=0.0)
SPLIT = Split(HELD_OUT, SimpleNamespace(targets=[CERTAIN] * 3))


def scores_of(rows):
    shortest = [min(len(rows[i]), len(rows[i + 3])) for i in range(3)] * 2
    return CompletionScores(
        log_prob=torch.stack([row.sum() for row in rows]),
        n_tokens=torch.tensor([float(len(row)) for row in rows]),
        mean_logit=torch.stack([row.mean() / 2 for row in rows]),
        n_correct=torch.tensor([float((row > -1).sum()) for row in rows]),
        shared_log_prob=torch.stack([row[:n].sum() for row, n in zip(rows, shortest, strict=True)]),
    )


class Given:
    """Any method over pairs, with the log-probs that TRL was given instead of a model's."""

    def __init__(self, config):
        self.context = SimpleNamespace(config=config, device=torch.device("cpu"))
        self.weights = None

    def scores(self, split, indices):
        return scores_of(POLICY)


class GivenDPO(Given, DPOObjective):
    def __init__(self, config):
        super().__init__(config)
        self.likelihood = VoteLikelihood(config, SPLIT.records)
        self.pair_loss = LOSSES[config.loss]

    def reference_of(self, split, indices):
        return PairLogProbs(*self.log_probs(scores_of(REFERENCE)).chunk(2))


class GivenSimPO(Given, SimPOObjective):
    """Without a model."""


class GivenCPO(Given, CPOObjective):
    """Without a model."""


def figures_of(objective):
    totals = Totals()
    losses = objective.pair_losses(SPLIT, range(3), totals)
    return totals.means(), losses


@pytest.mark.parametrize("name", SETTINGS)
def test_the_figures_of_dpo_are_trls(name):
    config = method_config("dpo", {"beta": BETA, **SETTINGS[name]})
    ours, _ = figures_of(GivenDPO(config))
    theirs = THEIRS["metrics"].get(name, THEIRS["metrics"]["sigmoid"])
    assert {key: ours[key] for key in theirs} == pytest.approx(theirs, rel=1e-6)


@pytest.mark.parametrize("name", ["ipo", "sigmoid_norm"])
def test_what_a_loss_of_means_compares_has_a_name_of_its_own(name):
    ours, losses = figures_of(GivenDPO(method_config("dpo", {"beta": BETA, "loss": name})))
    means = [float(a.mean() - b.mean()) for a, b in zip(POLICY, REFERENCE, strict=True)]
    chosen, rejected = BETA * sum(means[:3]) / 3, BETA * sum(means[3:]) / 3
    assert ours["mean_rewards/chosen"] == pytest.approx(chosen, rel=1e-6)
    assert ours["mean_rewards/margins"] == pytest.approx(chosen - rejected, rel=1e-6)
    assert float(losses.margin.mean()) == pytest.approx((chosen - rejected) / BETA, rel=1e-6)


@pytest.mark.parametrize(
    ("given", "method", "reduce"), [(GivenSimPO, "simpo", torch.mean), (GivenCPO, "cpo", torch.sum)]
)
def test_log_probs_without_a_reference_are_those_that_are_compared(given, method, reduce):
    """As TRL's, whose SimPO averages over tokens and whose CPO adds."""
    ours, _ = figures_of(given(method_config(method, {"beta": BETA, "nll_weight": 0.0})))
    log_probs = [float(reduce(row)) for row in POLICY]
    assert ours["logps/chosen"] == pytest.approx(sum(log_probs[:3]) / 3, rel=1e-6)
    sums = [float(row.sum()) for row in POLICY]
    assert ours["sequence_logps/chosen"] == pytest.approx(sum(sums[:3]) / 3, rel=1e-6)
    assert ours["rewards/rejected"] == pytest.approx(BETA * sum(log_probs[3:]) / 3, rel=1e-6)
    # TRL's mean logits are over prompt and padding as well.
    assert not any(name.startswith("logits/") for name in ours)
    theirs = THEIRS["metrics"]["sigmoid"]["logits/chosen"]
    assert ours["completion_logits/chosen"] == pytest.approx(theirs, rel=1e-6)
