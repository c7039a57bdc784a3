import math

import pytest
import torch

from alignment_core.losses.kl_controller import next_kl_coefficient
from alignment_core.losses.policy_gradient import (
    cispo_surrogate,
    clipped_surrogate,
    clipped_value_loss,
    kl_penalty,
    sequence_surrogate,
)


def numbers(*values):
    return torch.tensor(values, dtype=torch.float64)


def surrogate(ratios, advantages, **options):
    options = {"clip_low": 0.2, "clip_high": 0.2, **options}
    log_ratio = numbers(*ratios).log()
    return clipped_surrogate(
        log_ratio - 3.0, torch.full_like(log_ratio, -3.0), numbers(*advantages), **options
    )


def test_the_surrogate_equals_the_worked_values():
    result = surrogate([1.0, 1.5, 0.5, 1.5, 0.5], [2.0, 2.0, 2.0, -2.0, -2.0])
    # unclipped; held at 1.2; free below, as it is worse; free above, as it is worse; held at 0.8
    torch.testing.assert_close(result.loss, numbers(-2.0, -2.4, -1.0, 3.0, 1.6))
    assert result.is_clipped_high.tolist() == [False, True, False, False, False]
    assert result.is_clipped_low.tolist() == [False, False, False, False, True]


def test_clip_higher_leaves_more_room_above_only():
    result = surrogate([1.25, 1.5, 0.5], [1.0, 1.0, -1.0], clip_high=0.28)
    torch.testing.assert_close(result.loss, numbers(-1.25, -1.28, 0.8))
    assert result.is_clipped_high.tolist() == [False, True, False]


def test_a_dual_clip_bounds_what_a_bad_sample_can_cost():
    result = surrogate([10.0, 10.0, 2.0], [-1.0, 1.0, -1.0], dual_clip=3.0)
    torch.testing.assert_close(result.loss, numbers(3.0, -1.2, 2.0))


def test_on_the_policy_that_sampled_the_gradient_is_that_of_reinforce():
    log_prob = numbers(-1.0, -2.0).requires_grad_()
    advantage = numbers(0.5, -3.0)
    result = clipped_surrogate(log_prob, log_prob.detach(), advantage, clip_low=0.2, clip_high=0.2)
    result.loss.sum().backward()
    torch.testing.assert_close(result.loss, -advantage)
    torch.testing.assert_close(log_prob.grad, -advantage)


@pytest.mark.parametrize(
    "options", [{"clip_low": 0.0}, {"clip_low": 1.0}, {"clip_high": 0.0}, {"dual_clip": 1.0}]
)
def test_the_surrogate_refuses_scalars_out_of_range(options):
    with pytest.raises(ValueError, match="out of range"):
        surrogate([1.0], [1.0], **options)


def test_the_surrogate_refuses_shapes_that_differ():
    with pytest.raises(ValueError, match="one shape"):
        clipped_surrogate(numbers(1, 2), numbers(1), numbers(1), clip_low=0.2, clip_high=0.2)


def sequences(ratios, advantages, **options):
    """Two sequences of 2 and 3 tokens with these ratios."""
    log_ratio = numbers(*ratios).log().requires_grad_()
    options = {"clip_low": 0.2, "clip_high": 0.2, **options}
    old = torch.full((5,), -3.0, dtype=torch.float64)
    result = sequence_surrogate(log_ratio - 3.0, old, numbers(*advantages), [2, 3], **options)
    return result, log_ratio


def test_the_ratio_of_a_sequence_is_the_geometric_mean_of_its_tokens():
    # √(2 × 8) = 4 and ∛(1 × 1 × 0.125) = ½
    result, log_ratio = sequences([2.0, 8.0, 1.0, 1.0, 0.125], [-1.0, 1.0])
    torch.testing.assert_close(result.ratio, numbers(4.0, 0.5))
    torch.testing.assert_close(result.loss, numbers(4.0, -0.5))
    result.loss.sum().backward()
    expected = numbers(2.0, 2.0, -0.5 / 3, -0.5 / 3, -0.5 / 3)
    torch.testing.assert_close(log_ratio.grad, expected)


def test_a_sequence_is_clipped_as_a_whole():
    result, log_ratio = sequences([2.0, 8.0, 1.0, 1.0, 0.125], [1.0, -1.0])
    torch.testing.assert_close(result.loss, numbers(-1.2, 0.8))
    assert result.is_clipped_high.tolist() == [True, False]
    assert result.is_clipped_low.tolist() == [False, True]
    result.loss.sum().backward()
    assert not log_ratio.grad.any()


def test_the_surrogate_of_sequences_refuses_lengths_that_are_not_theirs():
    ones = numbers(1, 1, 1)
    for lengths, advantages in (([2], 1), ([3], 2), ([3, 0], 2), ([1, 1], 2)):
        with pytest.raises(ValueError, match=r"every sequence|one shape"):
            sequence_surrogate(
                ones, ones, torch.zeros(advantages), lengths, clip_low=0.2, clip_high=0.2
            )


def test_cispo_holds_the_weight_and_keeps_the_gradient():
    # ratios of ½, 2 and 8, held at 3: the weight alone, times the log-prob
    log_prob = (numbers(0.5, 2.0, 8.0).log() - 3.0).requires_grad_()
    old, advantage = torch.full_like(log_prob, -3.0).detach(), numbers(1.0, -1.0, 2.0)
    result = cispo_surrogate(log_prob, old, advantage, clip_high=2.0)
    expected = -numbers(0.5, -2.0, 6.0) * log_prob
    torch.testing.assert_close(result.loss, expected)
    result.loss.sum().backward()
    torch.testing.assert_close(log_prob.grad, numbers(-0.5, 2.0, -6.0))
    assert result.is_clipped_high.tolist() == [False, False, True]
    assert not result.is_clipped_low.any()


def test_cispo_refuses_what_is_out_of_range():
    with pytest.raises(ValueError, match="out of range"):
        cispo_surrogate(numbers(1), numbers(1), numbers(1), clip_high=0.0)
    with pytest.raises(ValueError, match="one shape"):
        cispo_surrogate(numbers(1, 2), numbers(1), numbers(1), clip_high=1.0)


def test_the_value_loss_equals_the_worked_values():
    value, old, returns = numbers(1.0, 1.0, -1.0), numbers(0.9, 0.0, 0.0), numbers(2.0, 1.0, 1.0)
    result = clipped_value_loss(value, old, returns, clip=0.2)
    # within the clip: ½ × 1; held at 0.2: ½ × 0.8²; held at -0.2 it would cost less: ½ × 2²
    torch.testing.assert_close(result.loss, numbers(0.5, 0.32, 2.0))
    assert result.is_clipped.tolist() == [False, True, False]


def test_kl_estimators_equal_the_worked_values():
    policy, reference = numbers(-1.0, -2.0), numbers(-1.5, -1.0)
    k3 = numbers(math.exp(-0.5) - 1 + 0.5, math.e - 1 - 1)
    expected = {"k1": numbers(0.5, -1.0), "k2": numbers(0.125, 0.5), "k3": k3, "k3_k2": k3}
    for estimator, value in expected.items():
        torch.testing.assert_close(kl_penalty(policy, reference, estimator=estimator), value)
    with pytest.raises(ValueError, match="not known"):
        kl_penalty(policy, reference, estimator="k4")


def test_the_penalty_keeps_growing_however_far_the_policy_has_gone():
    policy = numbers(-0.1, -0.1).requires_grad_()
    reference = numbers(-30.1, -60.1)
    slopes = {"k1": [1.0, 1.0], "k2": [30.0, 60.0], "k3": [1.0, 1.0], "k3_k2": [30.0, 60.0]}
    values = {"k1": [30.0, 60.0], "k2": [450.0, 1800.0], "k3": [29.0, 59.0], "k3_k2": [29.0, 59.0]}
    for estimator, slope in slopes.items():
        penalty = kl_penalty(policy, reference, estimator=estimator)
        torch.testing.assert_close(penalty, numbers(*values[estimator]))
        torch.testing.assert_close(torch.autograd.grad(penalty.sum(), policy)[0], numbers(*slope))


def test_k3_stays_a_number_and_pulls_back_where_a_sample_has_become_all_but_impossible():
    policy = torch.tensor([-19.0, -20.0, -22.0, -200.0], requires_grad=True)
    penalty = kl_penalty(policy, torch.zeros(4), estimator="k3")
    edge = math.exp(20.0)
    expected = [math.exp(19.0) - 20, edge - 21, 3 * edge - 23, 181 * edge - 201]
    torch.testing.assert_close(penalty, torch.tensor(expected))
    (slope,) = torch.autograd.grad(penalty.sum(), policy)
    torch.testing.assert_close(slope, 1 - torch.tensor([math.exp(19.0), edge, edge, edge]))


def test_each_kl_estimator_has_the_mean_and_the_gradient_that_it_promises():
    logits = torch.randn(5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    logits.requires_grad_()
    reference = torch.randn(5, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    reference = reference.log_softmax(-1)
    policy = logits.log_softmax(-1)
    held = policy.detach().exp()  # how often each token is sampled

    def gradient(value):
        return torch.autograd.grad(value, logits, retain_graph=True)[0]

    kl = (policy.exp() * (policy - reference)).sum()
    reverse_kl = (reference.exp() * (reference - policy)).sum()
    for estimator in ("k1", "k3", "k3_k2"):
        mean = (held * kl_penalty(policy, reference, estimator=estimator)).sum()
        torch.testing.assert_close(mean, kl)
    for estimator, whose in {"k2": kl, "k3_k2": kl, "k3": reverse_kl}.items():
        mean = (held * kl_penalty(policy, reference, estimator=estimator)).sum()
        torch.testing.assert_close(gradient(mean), gradient(whose))
    as_loss = (held * kl_penalty(policy, reference, estimator="k1")).sum()
    torch.testing.assert_close(gradient(as_loss), torch.zeros(5, dtype=torch.float64))


def test_the_gradients_of_every_loss_are_those_of_their_values():
    log_prob, old = numbers(-1.0, -2.0, -0.5), numbers(-1.1, -1.2, -0.9)
    advantage = numbers(1.0, -1.0, 0.3)
    log_prob.requires_grad_()

    def clipped(x):
        return clipped_surrogate(
            x, old, advantage, clip_low=0.2, clip_high=0.28, dual_clip=3.0
        ).loss

    def value(x):
        return clipped_value_loss(x, old, advantage, clip=0.5).loss

    assert torch.autograd.gradcheck(clipped, [log_prob])
    assert torch.autograd.gradcheck(value, [log_prob])
    for estimator in ("k1", "k2", "k3"):
        assert torch.autograd.gradcheck(
            lambda x, estimator=estimator: kl_penalty(x, old, estimator=estimator), [log_prob]
        )


def test_the_kl_coefficient_moves_towards_the_target_and_never_in_leaps():
    def after(kl):
        return next_kl_coefficient(0.1, kl=kl, target=6.0, n_sequences=50, horizon=1000.0)

    assert after(6.0) == pytest.approx(0.1)
    assert after(6.6) == pytest.approx(0.1 * (1 + 0.1 * 0.05))
    assert after(600.0) == pytest.approx(0.1 * (1 + 0.2 * 0.05))
    assert after(0.0) == pytest.approx(0.1 * (1 - 0.2 * 0.05))
    with pytest.raises(ValueError, match="out of range"):
        next_kl_coefficient(0.1, kl=1.0, target=0.0, n_sequences=1, horizon=1.0)
