import math

import pytest
import torch

from alignment_core.forward.log_probs import PairLogProbs, token_log_probs
from alignment_core.losses.preference import dpo_loss, dpo_margin
from alignment_core.losses.sft import sft_loss


def pair(chosen, rejected):
    return PairLogProbs(
        torch.tensor(chosen, dtype=torch.float64), torch.tensor(rejected, dtype=torch.float64)
    )


POLICY, REFERENCE = pair([-10.0, -20.0], [-14.0, -15.0]), pair([-12.0, -20.0], [-13.0, -18.0])
# margins: 0.1 × ((-10 + 14) - (-12 + 13)) = 0.3 and 0.1 × ((-20 + 15) - (-20 + 18)) = -0.3
MARGINS = [0.3, -0.3]


def softplus(x):
    return math.log1p(math.exp(x))


def test_dpo_loss_equals_the_worked_values():
    expected = torch.tensor([softplus(-d) for d in MARGINS], dtype=torch.float64)
    loss = dpo_loss(POLICY, REFERENCE, beta=0.1)
    torch.testing.assert_close(loss, expected, rtol=1e-10, atol=0)


def test_dpo_loss_with_soft_labels_and_smoothing_equals_the_worked_values():
    # p = 0.75 and ε = 0.1: 0.75 × 0.9 + 0.25 × 0.1 = 0.7
    p_chosen = torch.tensor([0.75, 0.75], dtype=torch.float64)
    loss = dpo_loss(POLICY, REFERENCE, beta=0.1, label_smoothing=0.1, p_chosen=p_chosen)
    expected = torch.tensor(
        [0.7 * softplus(-d) + 0.3 * softplus(d) for d in MARGINS], dtype=torch.float64
    )
    torch.testing.assert_close(loss, expected, rtol=1e-10, atol=0)


def test_dpo_loss_is_log_2_where_policy_equals_reference():
    loss = dpo_loss(POLICY, POLICY, beta=0.1)
    torch.testing.assert_close(loss, torch.full((2,), math.log(2), dtype=torch.float64))


def test_dpo_loss_with_soft_labels_is_least_at_the_log_odds():
    margin = torch.tensor(math.log(0.8 / 0.2), dtype=torch.float64, requires_grad=True)
    zero = torch.zeros((), dtype=torch.float64)
    p_chosen = torch.tensor(0.8, dtype=torch.float64)
    dpo_loss(
        PairLogProbs(margin, zero), PairLogProbs(zero, zero), beta=1.0, p_chosen=p_chosen
    ).backward()
    assert abs(margin.grad) < 1e-12


def test_dpo_margin_is_the_difference_of_implied_rewards():
    margin = dpo_margin(POLICY, REFERENCE, beta=0.1)
    torch.testing.assert_close(margin, torch.tensor(MARGINS, dtype=torch.float64))


@pytest.mark.parametrize("options", [{"beta": 0.0}, {"beta": 0.1, "label_smoothing": 0.5}])
def test_dpo_loss_refuses_scalars_out_of_range(options):
    with pytest.raises(ValueError, match="out of range"):
        dpo_loss(POLICY, REFERENCE, **options)


def test_dpo_loss_refuses_shapes_that_differ():
    with pytest.raises(ValueError, match="one shape"):
        dpo_loss(POLICY, pair([-1.0], [-1.0]), beta=0.1)


def test_the_gradients_of_every_loss_are_those_of_their_values():
    generator = torch.Generator().manual_seed(0)
    values = [
        torch.randn(3, dtype=torch.float64, generator=generator).requires_grad_() for _ in range(4)
    ]
    p_chosen = torch.tensor([0.2, 0.5, 1.0], dtype=torch.float64)

    def dpo(a, b, c, d):
        return dpo_loss(PairLogProbs(a, b), PairLogProbs(c, d), beta=0.3, p_chosen=p_chosen)

    assert torch.autograd.gradcheck(dpo, values)
    assert torch.autograd.gradcheck(sft_loss, values[:1])


def test_token_log_probs_accumulate_in_at_least_float32():
    logits = torch.randn(5, 50)
    targets = torch.arange(5)
    exact = logits.double().log_softmax(-1)[torch.arange(5), targets]
    half = token_log_probs(logits.bfloat16(), targets)
    assert half.dtype == torch.float32
    in_half = logits.bfloat16().double().log_softmax(-1)[torch.arange(5), targets]
    torch.testing.assert_close(half.double(), in_half, rtol=1e-5, atol=1e-6)
    double = token_log_probs(logits.double(), targets)
    torch.testing.assert_close(double, exact, rtol=1e-10, atol=0)
