import math

import pytest
import torch

from alignment_core.forward.log_probs import PairLogProbs
from alignment_core.losses.lengths import length_desensitized_log_probs
from alignment_core.losses.preference import (
    PairRewards,
    apo_down_loss,
    apo_zero_loss,
    implied_rewards,
    kto_loss,
    nca_pair_loss,
    sppo_loss,
)
from alignment_core.losses.reference_free import cpo_loss, log_odds_ratio, simpo_loss
from alignment_core.losses.reward_model import centring_loss


def double(*values):
    return torch.tensor(values, dtype=torch.float64)


def softplus(x):
    return math.log1p(math.exp(x))


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def assert_values(loss, expected):
    torch.testing.assert_close(loss, double(*expected), rtol=1e-10, atol=0)


def test_implied_rewards_equal_the_worked_values():
    policy, reference = (
        PairLogProbs(double(-10.0), double(-14.0)),
        PairLogProbs(double(-12.0), double(-13.0)),
    )
    rewards = implied_rewards(policy, reference, beta=0.1)
    assert_values(rewards.chosen, [0.2])
    assert_values(rewards.rejected, [-0.1])
    with pytest.raises(ValueError, match="out of range"):
        implied_rewards(policy, reference, beta=0.0)


REWARDS = PairRewards(double(0.4, -1.0), double(-0.2, 0.5))


def test_apo_equals_the_worked_values():
    assert_values(
        apo_zero_loss(REWARDS),
        [1 - sigmoid(0.4) + sigmoid(-0.2), 1 - sigmoid(-1.0) + sigmoid(0.5)],
    )
    assert_values(
        apo_down_loss(REWARDS),
        [sigmoid(0.4) + 1 - sigmoid(0.6), sigmoid(-1.0) + 1 - sigmoid(-1.5)],
    )


def test_apo_pushes_chosen_up_or_down():
    for loss, direction in ((apo_zero_loss, -1), (apo_down_loss, 1)):
        chosen = double(0.0).requires_grad_()
        rejected = double(2.0).requires_grad_()
        loss(PairRewards(chosen, rejected)).sum().backward()
        assert float(chosen.grad) * direction > 0
        assert float(rejected.grad) > 0


def test_nca_equals_the_worked_values():
    # p = ¾: the goals of the two sides are ¾ and ¼, each held by ½
    loss = nca_pair_loss(REWARDS, p_chosen=double(0.75, 0.75))
    assert_values(
        loss,
        [
            0.75 * softplus(-c) + 0.25 * softplus(-r) + 0.5 * (softplus(c) + softplus(r))
            for c, r in ((0.4, -0.2), (-1.0, 0.5))
        ],
    )
    zero = PairRewards(double(0.0), double(0.0))
    assert_values(nca_pair_loss(zero), [2 * math.log(2)])


def test_nca_is_least_where_each_side_has_its_own_goal():
    # σ(r) = p / (p + ½) for p = ¾, and ¼ / ¾ for the other side
    chosen, rejected = (
        double(math.log(1.5)).requires_grad_(),
        double(math.log(0.5)).requires_grad_(),
    )
    nca_pair_loss(PairRewards(chosen, rejected), p_chosen=double(0.75)).sum().backward()
    assert abs(float(chosen.grad)) < 1e-12
    assert abs(float(rejected.grad)) < 1e-12


def test_sppo_equals_the_worked_values():
    # β = 0.2: log-ratios of 2 and -1 are drawn to 2.5 and -2.5, with p = ¾ to half of that
    rewards = PairRewards(double(0.4), double(-0.2))
    assert_values(sppo_loss(rewards, beta=0.2), [0.5**2 + 1.5**2])
    assert_values(sppo_loss(rewards, beta=0.2, p_chosen=double(0.75)), [0.75**2 + 0.25**2])
    with pytest.raises(ValueError, match="out of range"):
        sppo_loss(rewards, beta=0.0)
    with pytest.raises(ValueError, match="one shape"):
        sppo_loss(rewards, beta=0.2, p_chosen=double(0.5, 0.5))


@pytest.mark.parametrize(
    "loss",
    [
        lambda rewards, p: nca_pair_loss(rewards, p_chosen=p),
        lambda rewards, p: sppo_loss(rewards, beta=0.2, p_chosen=p),
    ],
)
def test_swapping_the_sides_swaps_the_share(loss):
    share = double(0.8, 0.3)
    swapped = PairRewards(REWARDS.rejected, REWARDS.chosen)
    torch.testing.assert_close(loss(REWARDS, share), loss(swapped, 1 - share))


def test_kto_equals_the_worked_values():
    losses = kto_loss(
        double(3.0, -1.0),
        torch.tensor([True, False]),
        beta=0.5,
        z=1.0,
        desirable_weight=2.0,
        undesirable_weight=3.0,
    )
    assert_values(losses, [2 * (1 - sigmoid(1.0)), 3 * (1 - sigmoid(1.0))])
    with pytest.raises(ValueError, match="out of range"):
        kto_loss(double(1.0), torch.tensor([True]), beta=0.5, z=-0.1)


def test_simpo_equals_the_worked_values():
    means = PairLogProbs(double(-1.0), double(-1.5))
    # β = 2 gives a margin of 1; γ = 0.4
    assert_values(simpo_loss(means, beta=2.0, gamma=0.4), [softplus(-0.6)])
    loss = simpo_loss(means, beta=2.0, gamma=0.4, p_chosen=double(0.75))
    assert_values(loss, [0.75 * softplus(-0.6) + 0.25 * softplus(1.4)])


def test_a_tie_under_simpo_favours_neither():
    chosen = double(-1.0).requires_grad_()
    loss = simpo_loss(PairLogProbs(chosen, double(-1.0)), beta=2.0, gamma=0.4, p_chosen=double(0.5))
    loss.sum().backward()
    assert abs(float(chosen.grad)) < 1e-12


def test_cpo_equals_the_worked_values():
    sums = PairLogProbs(double(-4.0), double(-9.0))
    # β = 0.1 gives a margin of ½
    assert_values(cpo_loss(sums, beta=0.1), [softplus(-0.5)])
    share = cpo_loss(sums, beta=0.1, p_chosen=double(0.75))
    assert_values(share, [0.75 * softplus(-0.5) + 0.25 * softplus(0.5)])
    with pytest.raises(ValueError, match="out of range"):
        cpo_loss(sums, beta=0.0)


def test_the_log_odds_ratio_equals_the_worked_values():
    # P = ½ and ¼ have odds of 1 and ⅓
    means = PairLogProbs(double(math.log(0.5)), double(math.log(0.25)))
    assert_values(log_odds_ratio(means), [math.log(3)])


def test_the_log_odds_of_a_near_certain_completion_are_a_number_with_a_gradient():
    for value in (-1e-30, 0.0, -1e-4, -0.69, -0.7, -50.0):
        chosen = torch.tensor([value], requires_grad=True)
        odds = log_odds_ratio(PairLogProbs(chosen, torch.tensor([-1.0])))
        odds.sum().backward()
        assert odds.isfinite().all()
        assert chosen.grad.isfinite().all()
    near = PairLogProbs(double(-1e-12), double(-1.0))
    expected = -1e-12 - math.log(-math.expm1(-1e-12)) + 1 + math.log(-math.expm1(-1.0))
    assert float(log_odds_ratio(near)) == pytest.approx(expected, rel=1e-10)


def test_length_desensitized_log_probs_weigh_what_is_beyond_the_shorter():
    log_prob, shared = double(-10.0, -4.0), double(-6.0, -4.0)
    assert_values(length_desensitized_log_probs(log_prob, shared, alpha=0.25), [-7.0, -4.0])
    assert_values(length_desensitized_log_probs(log_prob, shared, alpha=1.0), [-10.0, -4.0])
    assert_values(length_desensitized_log_probs(log_prob, shared, alpha=0.0), [-6.0, -4.0])
    with pytest.raises(ValueError, match="out of range"):
        length_desensitized_log_probs(log_prob, shared, alpha=1.1)


def test_centring_equals_the_worked_value():
    assert_values(centring_loss(double(2.0), double(0.5)), [6.25])


def test_the_gradients_are_those_of_the_values():
    generator = torch.Generator().manual_seed(1)
    a, b = (
        (-2 * torch.rand(3, generator=generator, dtype=torch.float64) - 0.01).requires_grad_()
        for _ in range(2)
    )
    share = double(0.0, 0.4, 1.0)
    good = torch.tensor([True, False, True])
    for loss in (
        lambda a, b: apo_zero_loss(PairRewards(a, b)),
        lambda a, b: apo_down_loss(PairRewards(a, b)),
        lambda a, b: simpo_loss(PairLogProbs(a, b), beta=2.0, gamma=0.5, p_chosen=share),
        lambda a, b: cpo_loss(PairLogProbs(a, b), beta=0.2, p_chosen=share),
        lambda a, b: nca_pair_loss(PairRewards(a, b), p_chosen=share),
        lambda a, b: sppo_loss(PairRewards(a, b), beta=0.2, p_chosen=share),
        lambda a, b: log_odds_ratio(PairLogProbs(a, b)),
        lambda a, b: kto_loss(a - b, good, beta=0.3, z=0.2),
        lambda a, b: length_desensitized_log_probs(a, b, alpha=0.3),
        centring_loss,
    ):
        assert torch.autograd.gradcheck(loss, [a, b])
