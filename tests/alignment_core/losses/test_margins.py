import math

import pytest
import torch

from alignment_core.losses.margins import (
    exo_pair_loss,
    hinge_loss,
    ipo_loss,
    robust_loss,
    sigmoid_loss,
)

MARGIN = torch.tensor([0.3, -1.2], dtype=torch.float64)
SHARES = torch.tensor([0.75, 0.4], dtype=torch.float64)


def softplus(x):
    return math.log1p(math.exp(x))


def assert_values(loss, expected):
    expected = torch.tensor(expected, dtype=torch.float64)
    torch.testing.assert_close(loss, expected, rtol=1e-10, atol=0)


def slope(loss, at):
    at = torch.tensor([at], dtype=torch.float64, requires_grad=True)
    loss(at).sum().backward()
    return float(at.grad)


def test_the_sigmoid_loss_equals_the_worked_values():
    assert_values(sigmoid_loss(MARGIN), [softplus(-0.3), softplus(1.2)])
    # p = 0.75 and 0.4 with ε = 0.1: 0.7 and 0.42
    assert_values(
        sigmoid_loss(MARGIN, p_chosen=SHARES, label_smoothing=0.1),
        [0.7 * softplus(-0.3) + 0.3 * softplus(0.3), 0.42 * softplus(1.2) + 0.58 * softplus(-1.2)],
    )


def test_smoothing_is_least_at_the_log_odds_of_a_right_label():
    assert abs(slope(lambda d: sigmoid_loss(d, label_smoothing=0.2), math.log(0.8 / 0.2))) < 1e-12


def test_the_robust_loss_equals_the_worked_values():
    # ε = 0.2: (0.8 L(d) - 0.2 L(-d)) / 0.6
    assert_values(
        robust_loss(MARGIN, label_smoothing=0.2),
        [
            (0.8 * softplus(-0.3) - 0.2 * softplus(0.3)) / 0.6,
            (0.8 * softplus(1.2) - 0.2 * softplus(-1.2)) / 0.6,
        ],
    )
    assert_values(robust_loss(MARGIN, label_smoothing=0.0), [softplus(-0.3), softplus(1.2)])


def test_the_robust_loss_is_unbiased_where_labels_are_flipped():
    flipped = 0.2 * robust_loss(-MARGIN, label_smoothing=0.2)
    kept = 0.8 * robust_loss(MARGIN, label_smoothing=0.2)
    torch.testing.assert_close(kept + flipped, sigmoid_loss(MARGIN), rtol=1e-10, atol=0)


def test_the_robust_loss_never_stops_pushing():
    # its slope tends to -ε / (1 - 2ε)
    assert slope(lambda d: robust_loss(d, label_smoothing=0.1), 60.0) == pytest.approx(-0.125)


def test_the_hinge_loss_equals_the_worked_values():
    assert_values(hinge_loss(torch.tensor([0.3, -1.2, 1.5], dtype=torch.float64)), [0.7, 2.2, 0.0])


def test_ipo_equals_the_worked_values():
    # τ = 0.25 draws the log-ratio margin to 2
    assert_values(ipo_loss(MARGIN, tau=0.25), [1.7**2, 3.2**2])
    assert_values(
        ipo_loss(MARGIN, tau=0.25, p_chosen=SHARES),
        [0.75 * 1.7**2 + 0.25 * 2.3**2, 0.4 * 3.2**2 + 0.6 * 0.8**2],
    )


def test_ipo_stops_at_its_margin_and_with_shares_before_it():
    assert abs(slope(lambda h: ipo_loss(h, tau=0.25), 2.0)) < 1e-12
    share = torch.tensor([0.75], dtype=torch.float64)
    # (2 × 0.75 - 1) × 2
    assert abs(slope(lambda h: ipo_loss(h, tau=0.25, p_chosen=share), 1.0)) < 1e-12


def test_exo_equals_the_worked_values():
    # d = log 3 is q = ¾; p = 1 with ε = 0.1 is 0.9
    margin = torch.tensor([math.log(3)], dtype=torch.float64)
    assert_values(
        exo_pair_loss(margin, label_smoothing=0.1),
        [0.75 * math.log(0.75 / 0.9) + 0.25 * math.log(0.25 / 0.1)],
    )


def test_exo_is_0_where_the_policy_prefers_as_people_do():
    share = torch.tensor([0.75, 0.25], dtype=torch.float64)  # with ε = 0.1: 0.7 and 0.3
    margin = torch.tensor([math.log(0.7 / 0.3), math.log(0.3 / 0.7)], dtype=torch.float64)
    loss = exo_pair_loss(margin, label_smoothing=0.1, p_chosen=share)
    torch.testing.assert_close(loss, torch.zeros(2, dtype=torch.float64), rtol=0, atol=1e-12)


def test_exo_stays_a_number_however_far_apart_the_sides_are():
    margin = torch.tensor([-1e4, 1e4], requires_grad=True)
    exo_pair_loss(margin, label_smoothing=1e-3).sum().backward()
    assert margin.grad.isfinite().all()


@pytest.mark.parametrize(
    "loss",
    [
        lambda d, p: sigmoid_loss(d, p_chosen=p, label_smoothing=0.1),
        lambda d, p: robust_loss(d, p_chosen=p, label_smoothing=0.1),
        lambda d, p: ipo_loss(d, tau=0.3, p_chosen=p),
        lambda d, p: exo_pair_loss(d, p_chosen=p, label_smoothing=0.1),
    ],
)
def test_swapping_the_sides_swaps_the_share(loss):
    torch.testing.assert_close(loss(MARGIN, SHARES), loss(-MARGIN, 1 - SHARES))


def test_the_gradients_are_those_of_the_values():
    margin = torch.tensor([-1.7, -0.2, 0.4, 2.1], dtype=torch.float64, requires_grad=True)
    share = torch.tensor([0.0, 0.3, 0.5, 1.0], dtype=torch.float64)
    for loss in (
        lambda d: sigmoid_loss(d, p_chosen=share, label_smoothing=0.1),
        lambda d: robust_loss(d, p_chosen=share, label_smoothing=0.1),
        lambda d: ipo_loss(d, tau=0.2, p_chosen=share),
        lambda d: exo_pair_loss(d, p_chosen=share, label_smoothing=0.1),
        hinge_loss,
    ):
        assert torch.autograd.gradcheck(loss, [margin])


def test_scalars_and_shapes_out_of_range_are_refused():
    for refused in (
        lambda: sigmoid_loss(MARGIN, label_smoothing=0.5),
        lambda: robust_loss(MARGIN, label_smoothing=-0.1),
        lambda: ipo_loss(MARGIN, tau=0.0),
        lambda: exo_pair_loss(MARGIN, label_smoothing=0.0),
        lambda: exo_pair_loss(MARGIN, label_smoothing=0.5),
        lambda: sigmoid_loss(MARGIN, p_chosen=SHARES[:1]),
    ):
        with pytest.raises(ValueError, match=r"out of range|one shape"):
            refused()
