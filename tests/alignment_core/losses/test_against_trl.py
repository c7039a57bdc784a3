"""Our losses beside TRL 1.16.0's, on the same token log-probs; see data/make_trl_losses.py.

Where the conventions differ, on purpose:
- TRL's label smoothing does nothing with the sigmoid loss and, with SimPO, asks a flipped pair for
  a margin in favour of rejected; ours is the expected loss over both orders.
- TRL's ORPO imitates the prompt as well; ours imitates completions only, so just the odds agree.
- TRL's imitation beside DPO is a mean over the tokens of a micro-batch, ours over the step's.
- KTO's reference point is a mean over a micro-batch there and over the whole step here.
- `rewards/accuracies` counts a tie as wrong there and as one half here.
"""

import json
from pathlib import Path

import pytest
import torch

from alignment_core.forward.log_probs import PairLogProbs
from alignment_core.losses.lengths import length_desensitized_log_probs
from alignment_core.losses.margins import (
    exo_pair_loss,
    hinge_loss,
    ipo_loss,
    robust_loss,
    sigmoid_loss,
)
from alignment_core.losses.preference import (
    apo_down_loss,
    apo_zero_loss,
    implied_rewards,
    kto_loss,
    nca_pair_loss,
    sppo_loss,
)
from alignment_core.losses.reference_free import cpo_loss, log_odds_ratio, simpo_loss
from alignment_core.losses.reward_model import centring_loss

THEIRS = json.loads((Path(__file__).parent / "data" / "trl_losses.json").read_text())
BETA = THEIRS["beta"]
ROWS = {
    name: [torch.tensor(row, dtype=torch.float64) for row in THEIRS[name]]
    for name in ("policy", "reference")
}
LENGTHS = torch.tensor([len(row) for row in ROWS["policy"]])
SUMS, MEANS = (
    {
        name: PairLogProbs(*torch.stack([reduce(row) for row in rows]).chunk(2))
        for name, rows in ROWS.items()
    }
    for reduce in (torch.sum, torch.mean)
)
REWARDS = implied_rewards(SUMS["policy"], SUMS["reference"], beta=BETA)
MARGIN = REWARDS.chosen - REWARDS.rejected
MEAN_REWARDS = implied_rewards(MEANS["policy"], MEANS["reference"], beta=BETA)
MEAN_MARGIN = MEAN_REWARDS.chosen - MEAN_REWARDS.rejected


def desensitized_margin():
    shortest = torch.minimum(*LENGTHS.chunk(2)).repeat(2).tolist()
    sides = {}
    for name, rows in ROWS.items():
        shared = torch.stack([row[:n].sum() for row, n in zip(rows, shortest, strict=True)])
        weighted = length_desensitized_log_probs(torch.cat(SUMS[name]), shared, alpha=0.4)
        sides[name] = PairLogProbs(*weighted.chunk(2))
    rewards = implied_rewards(sides["policy"], sides["reference"], beta=BETA)
    return rewards.chosen - rewards.rejected


OURS = {
    "sigmoid": lambda: sigmoid_loss(MARGIN),
    "robust": lambda: robust_loss(MARGIN, label_smoothing=0.1),
    "ipo": lambda: ipo_loss(MEAN_MARGIN / BETA, tau=BETA),
    "hinge": lambda: hinge_loss(MARGIN),
    "sigmoid_norm": lambda: sigmoid_loss(MEAN_MARGIN),
    "apo_zero": lambda: apo_zero_loss(REWARDS),
    "apo_down": lambda: apo_down_loss(REWARDS),
    "nca_pair": lambda: nca_pair_loss(REWARDS),
    "sppo_hard": lambda: sppo_loss(REWARDS, beta=BETA),
    "cpo": lambda: cpo_loss(SUMS["policy"], beta=BETA),
    "ld_0.4": lambda: sigmoid_loss(desensitized_margin()),
    "simpo": lambda: simpo_loss(MEANS["policy"], beta=BETA, gamma=0.5),
}


@pytest.mark.parametrize("name", OURS)
def test_a_loss_equals_trls(name):
    ours, theirs = OURS[name](), torch.tensor(THEIRS["losses"][name], dtype=torch.float64)
    ours = ours if theirs.dim() else ours.mean()
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=0)


def test_exo_equals_trls_whose_smoothing_is_in_float32():
    ours = exo_pair_loss(MARGIN, label_smoothing=0.1).mean()
    assert float(ours) == pytest.approx(THEIRS["losses"]["exo_pair"], rel=1e-7)


def test_imitation_beside_the_loss_is_trls_mean_over_tokens():
    n_tokens = LENGTHS[:3].sum()
    ours = -SUMS["policy"].chosen.sum() / n_tokens
    assert float(ours) == pytest.approx(THEIRS["losses"]["sft"], rel=1e-10)


def test_the_odds_ratio_equals_trls_which_is_in_float32():
    ours = sigmoid_loss(log_odds_ratio(MEANS["policy"]))
    theirs = torch.tensor(THEIRS["losses"]["orpo_odds"], dtype=torch.float64)
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=0)


def test_kto_equals_trls_with_its_reference_point():
    log_ratio = torch.cat(SUMS["policy"]) - torch.cat(SUMS["reference"])
    is_good = torch.tensor([True] * 3 + [False] * 3)
    z = THEIRS["losses"]["kto"]["z"]
    assert float(log_ratio.roll(-1).mean().clamp(min=0)) == pytest.approx(z, rel=1e-10)
    ours = kto_loss(log_ratio, is_good, beta=BETA, z=z, undesirable_weight=1.2).mean()
    assert float(ours) == pytest.approx(THEIRS["losses"]["kto"]["loss"], rel=1e-10)


def test_reward_losses_equal_trls():
    chosen, rejected = torch.tensor(THEIRS["scores"], dtype=torch.float64)
    plain = sigmoid_loss(chosen - rejected).mean()
    offset = torch.tensor(THEIRS["margin"], dtype=torch.float64)
    with_margin = sigmoid_loss(chosen - rejected - offset).mean()
    centred = plain + 0.01 * centring_loss(chosen, rejected).mean()
    for ours, name in (
        (plain, "reward"),
        (with_margin, "reward_margin"),
        (centred, "reward_centred"),
    ):
        assert float(ours) == pytest.approx(THEIRS["losses"][name], rel=1e-10)
