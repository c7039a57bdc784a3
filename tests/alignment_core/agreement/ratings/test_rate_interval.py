"""The interval of a win rate: where the stake stops, by hand, and how often it leaves the truth."""

import math

import numpy as np
import pytest
from scipy.special import betaln

from alignment_core.agreement.ratings.e_process import decide_pair
from alignment_core.agreement.ratings.rate_interval import win_rate_interval


def stake(won, lost, rate, prior=10.0):
    staked = betaln(prior + won, prior + lost) - betaln(prior, prior)
    return math.exp(staked - won * math.log(rate) - lost * math.log(1 - rate))


@pytest.mark.parametrize(("won", "lost"), [(1, 0), (7, 3), (40, 60), (900, 700), (0, 12)])
def test_at_its_ends_the_stake_is_just_twenty(won, lost):
    low, high = win_rate_interval(won, lost)
    if won:
        assert stake(won, lost, low) == pytest.approx(20, rel=1e-6)
    else:
        assert low == 0
    if lost:
        assert stake(won, lost, high) == pytest.approx(20, rel=1e-6)
    else:
        assert high == 1
    assert low <= won / (won + lost) <= high


def test_one_vote_for_the_first_by_hand():
    # E(1, 0; p) = B(11, 10) / B(10, 10) / p = ½ / p, which is 20 at p = 1/40.
    assert win_rate_interval(1, 0) == pytest.approx((0.025, 1.0))
    assert win_rate_interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("won", "lost"), [(60, 24), (30, 24), (24, 60)])
def test_it_lies_above_a_half_just_where_the_stake_decides(won, lost):
    low, high = win_rate_interval(won, lost)
    is_decided = decide_pair([1] * won + [0] * lost).e_value >= 20
    assert is_decided is (low >= 0.5 or high <= 0.5)


def test_the_truth_is_seldom_left_out_at_any_look():
    generator = np.random.default_rng(5)
    missed = 0
    for _run in range(200):
        won = np.cumsum(generator.random(300) < 0.65)
        looks = (
            win_rate_interval(int(won[n - 1]), int(n - won[n - 1])) for n in range(20, 301, 20)
        )
        missed += any(not low <= 0.65 <= high for low, high in looks)
    assert missed <= 10 + 2.33 * math.sqrt(200 * 0.05 * 0.95)  # one time in a hundred by chance


@pytest.mark.parametrize(
    "given",
    [
        {"n_first": -1, "n_second": 2},
        {"n_first": 1.5, "n_second": 2},
        {"n_first": 1, "n_second": True},
        {"n_first": 1, "n_second": 2, "alpha": 1.0},
        {"n_first": 1, "n_second": 2, "prior": 0},
    ],
)
def test_odd_counts_are_refused(given):
    with pytest.raises(ValueError, match="must"):
        win_rate_interval(**given)
