import math

import pytest
import torch

from alignment_core.losses.margins import sigmoid_loss
from alignment_core.losses.ties import (
    VoteShares,
    davidson_log_probs,
    davidson_loss,
    rao_kupper_log_probs,
    rao_kupper_loss,
)

MODELS = {"davidson": (davidson_log_probs, 0.7), "rao_kupper": (rao_kupper_log_probs, 2.5)}
MARGINS = torch.tensor([-80.0, -1.3, 0.0, 0.4, 2.0, 80.0], dtype=torch.float64)


def shares(win, loss, tie):
    return VoteShares(*(torch.tensor([value], dtype=torch.float64) for value in (win, loss, tie)))


def at(margin):
    return torch.tensor([margin], dtype=torch.float64)


def test_davidson_equals_the_worked_values():
    # d = 2 log 2 and ν = ½: weights win 2, loss ½, tie 2 × ½ × 1 = 1, so 4/7, 1/7, 2/7
    probs = [value.exp() for value in davidson_log_probs(at(2 * math.log(2)), nu=0.5)]
    assert [float(p) for p in probs] == pytest.approx([4 / 7, 1 / 7, 2 / 7], rel=1e-12)


def test_rao_kupper_equals_the_worked_values():
    # d = log 4 and ν = 2: win 4 / (4 + 2), loss 1 / (1 + 8), the rest is a tie
    probs = [value.exp() for value in rao_kupper_log_probs(at(math.log(4)), nu=2.0)]
    assert [float(p) for p in probs] == pytest.approx([2 / 3, 1 / 9, 2 / 9], rel=1e-12)


@pytest.mark.parametrize(("log_probs", "nu"), MODELS.values(), ids=MODELS)
def test_probabilities_of_win_loss_and_tie_add_up_to_1(log_probs, nu):
    win, loss, tie = log_probs(MARGINS, nu=nu)
    total = win.exp() + loss.exp() + tie.exp()
    torch.testing.assert_close(total, torch.ones_like(total), rtol=1e-12, atol=0)


@pytest.mark.parametrize(("log_probs", "nu"), MODELS.values(), ids=MODELS)
def test_swapping_the_sides_swaps_win_and_loss(log_probs, nu):
    here, there = log_probs(MARGINS, nu=nu), log_probs(-MARGINS, nu=nu)
    torch.testing.assert_close(here.win, there.loss)
    torch.testing.assert_close(here.tie, there.tie)


def test_equals_tie_as_often_as_the_parameter_says():
    assert float(davidson_log_probs(at(0.0), nu=0.7).tie.exp()) == pytest.approx(0.7 / 1.7)
    assert float(rao_kupper_log_probs(at(0.0), nu=2.5).tie.exp()) == pytest.approx(1.5 / 3.5)


def test_where_hardly_anyone_ties_a_win_is_bradley_terrys():
    win = sigmoid_loss(MARGINS)
    torch.testing.assert_close(-davidson_log_probs(MARGINS, nu=1e-9).win, win, atol=1e-7, rtol=1e-7)
    torch.testing.assert_close(
        -rao_kupper_log_probs(MARGINS, nu=1 + 1e-9).win, win, atol=1e-7, rtol=1e-7
    )


@pytest.mark.parametrize(("loss", "nu"), [(davidson_loss, 0.7), (rao_kupper_loss, 2.5)])
def test_a_tie_draws_the_margin_to_0_from_either_side(loss, nu):
    for start in (-2.0, 0.0, 2.0):
        margin = at(start).requires_grad_()
        loss(margin, shares(0, 0, 1), nu=nu).sum().backward()
        assert float(margin.grad) * start >= 0
        assert (abs(float(margin.grad)) > 1e-3) == (start != 0)


def test_the_loss_is_the_likelihood_of_all_votes_divided_by_their_number():
    # two wins and two ties at the worked values above: -(2 log 4/7 + 2 log 2/7) / 4
    loss = davidson_loss(at(2 * math.log(2)), shares(0.5, 0, 0.5), nu=0.5)
    expected = -(2 * math.log(4 / 7) + 2 * math.log(2 / 7)) / 4
    assert float(loss) == pytest.approx(expected, rel=1e-12)


def test_davidsons_margin_rests_where_the_expected_share_is_that_of_the_votes():
    # an exponential family: the slope is P(win) + ½ P(tie) less the votes' win + ½ tie
    margin = torch.linspace(-2, 2, 5, dtype=torch.float64).requires_grad_()
    votes = torch.arange(1, 16, dtype=torch.float64).reshape(3, 5)
    votes = VoteShares(*(votes / votes.sum(0)))
    davidson_loss(margin, votes, nu=0.7).sum().backward()
    probs = [value.detach().exp() for value in davidson_log_probs(margin, nu=0.7)]
    expected = probs[0] + probs[2] / 2 - (votes.win + votes.tie / 2)
    torch.testing.assert_close(margin.grad, expected, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize(("loss", "nu"), [(davidson_loss, 0.7), (rao_kupper_loss, 2.5)])
def test_the_gradients_are_those_of_the_values(loss, nu):
    margin = torch.tensor([-1.7, 0.0, 0.9], dtype=torch.float64, requires_grad=True)
    votes = torch.arange(9, dtype=torch.float64).reshape(3, 3)
    votes = VoteShares(*(votes / votes.sum(0)))
    assert torch.autograd.gradcheck(lambda d: loss(d, votes, nu=nu), [margin])


def test_parameters_and_shapes_out_of_range_are_refused():
    for refused in (
        lambda: davidson_log_probs(MARGINS, nu=0.0),
        lambda: rao_kupper_log_probs(MARGINS, nu=1.0),
        lambda: davidson_loss(MARGINS, shares(1, 0, 0), nu=1.0),
    ):
        with pytest.raises(ValueError, match=r"out of range|one shape"):
            refused()
