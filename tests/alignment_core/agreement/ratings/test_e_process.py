"""Deciding a pair vote by vote: worked by hand, by a plain walk, and in simulated arenas."""

import math

import numpy as np
import pytest
from scipy.special import beta

from alignment_core.agreement.ratings.e_process import (
    decide_pair,
    decide_pairs,
    decided_after,
    least_lead,
    log_e_value,
    stakes_on_the_way,
    stand_among_all,
    votes_needed,
)

PUBLISHED = {0.55: 770, 0.60: 185, 0.70: 53}  # median votes to decide


@pytest.mark.parametrize(
    ("won", "lost", "stake"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),  # 2 · 10 / 20
        (2, 0, 440 / 420),  # 4 · 10 · 11 / (20 · 21)
        (1, 1, 400 / 420),
        (0, 2, 440 / 420),
        (3, 1, 16 * 10 * 11 * 12 * 10 / (20 * 21 * 22 * 23)),
    ],
)
def test_the_stake_is_as_worked_by_hand(won, lost, stake):
    assert math.exp(log_e_value(won, lost)) == pytest.approx(stake, rel=1e-12)


def test_the_stake_is_a_fair_game_while_both_win_as_often():
    won, lost = np.meshgrid(np.arange(40), np.arange(40))
    up, down = np.exp(log_e_value(won + 1, lost)), np.exp(log_e_value(won, lost + 1))
    np.testing.assert_allclose((up + down) / 2, np.exp(log_e_value(won, lost)), rtol=1e-10)


def test_the_least_lead_is_the_least_that_decides():
    ends = least_lead(300)
    for n in (0, 3, 9, 10, 28, 53, 171, 300):
        leads = [lead for lead in range(n + 1) if _stake((n + lead) / 2, (n - lead) / 2) >= 20]
        assert ends[n] == (leads[0] if leads else n + 2)


def test_a_pair_is_followed_vote_by_vote():
    votes = [True] * 18 + [False] * 25
    stakes = [_stake(sum(votes[:n]), n - sum(votes[:n])) for n in range(1, len(votes) + 1)]
    after = next(i for i, stake in enumerate(stakes) if stake >= 20) + 1
    found = decide_pair(votes)
    assert (found.n_first, found.n_second) == (18, 25)
    assert found.decided_after == after
    assert found.winner == 0  # and stays it: the alarm was right to go off once
    assert found.e_value == pytest.approx(stakes[-1])
    assert found.highest == pytest.approx(max(stakes))
    assert found.n_more is None


def test_the_curve_of_stakes_has_each_vote_or_all_that_matter():
    assert stakes_on_the_way([]) == [(0, 1.0)]
    few = stakes_on_the_way([True, True, False])
    assert [n for n, _stake in few] == [0, 1, 2, 3]
    assert [stake for _n, stake in few] == pytest.approx([1, 1, 440 / 420, _stake(2, 1)])
    votes = [True] * 300 + [False] * 700
    many = dict(stakes_on_the_way(votes, most=30))
    found = decide_pair(votes)
    assert len(many) <= 30
    assert {0, found.decided_after, 300, 1000} <= set(many)
    assert many[300] == pytest.approx(found.highest)
    assert many[1000] == pytest.approx(found.e_value)
    with pytest.raises(ValueError, match="most"):
        stakes_on_the_way(votes, most=3)


def test_nobody_has_voted_yet():
    found = decide_pair([])
    assert (found.e_value, found.highest, found.decided_after) == (1.0, 1.0, None)
    assert found.n_more is None  # they win as often, as far as anybody knows


@pytest.mark.parametrize("rate", PUBLISHED)
def test_decided_after_about_as_many_votes_as_published(rate):
    (exact,) = votes_needed(0, 0, rate)
    assert exact == pytest.approx(PUBLISHED[rate], rel=0.1)
    drawn = np.random.default_rng(1).random((2000, 3000)) < rate
    after = decided_after(drawn)
    simulated = np.median(np.where(after == 0, 3001, after))
    assert simulated == pytest.approx(PUBLISHED[rate], rel=0.1)
    assert exact == pytest.approx(simulated, rel=0.08)
    right = np.array([decide_pair(votes).winner for votes in drawn[:100]])
    assert (right == 1).sum() <= 1


def test_looking_after_every_vote_finds_a_winner_of_equals_in_five_of_a_hundred_at_most():
    """Over 4,000 votes: exactly, by walking all leads, and in 2,000 seeded runs."""
    ends, reach = least_lead(4000), 300
    mass, distance = np.zeros(2 * reach + 1), np.abs(np.arange(-reach, reach + 1))
    mass[reach] = 1
    for n in range(1, 4001):
        mass = (np.roll(mass, 1) + np.roll(mass, -1)) / 2
        mass[distance >= ends[n]] = 0
    assert 0.03 < 1 - mass.sum() < 0.05
    rng, n_winners = np.random.default_rng(2), 0
    for _chunk in range(10):
        n_winners += (decided_after(rng.random((200, 4000)) < 0.5) > 0).sum()
    assert n_winners / 2000 == pytest.approx(1 - mass.sum(), abs=0.012)
    assert n_winners / 2000 <= 0.05


def test_votes_needed_are_the_median_of_what_may_come():
    rng = np.random.default_rng(3)
    for won, lost, rate in ((30, 18, 0.6), (5, 9, 0.42), (100, 80, 0.55)):
        (exact,) = votes_needed(won, lost, rate)
        n = won + lost + np.arange(1, exact + 1)
        lead = won - lost + np.cumsum(2 * (rng.random((4000, exact)) < rate) - 1, axis=1)
        crossed = (np.abs(lead) >= least_lead(int(n[-1]))[n]).any(axis=1)
        assert crossed.mean() == pytest.approx(0.5, abs=0.03)


def test_pairs_together_are_as_pairs_alone():
    rng = np.random.default_rng(4)
    pairs = [rng.random(size) < rate for size, rate in ((30, 0.6), (0, 0.5), (80, 0.7), (45, 0.4))]
    assert decide_pairs(pairs) == [decide_pair(pair) for pair in pairs]
    undecided = [one.n_more for one in decide_pairs(pairs) if one.decided_after is None]
    assert any(undecided)


def test_among_many_pairs_a_share_of_alpha_may_be_false():
    assert stand_among_all([]).tolist() == []
    assert stand_among_all([20.0]).tolist() == [True]
    # three pairs: the first alone needs 60, two 30 each, three 20 each
    assert stand_among_all([59.0, 10.0, 1.0]).tolist() == [False, False, False]
    assert stand_among_all([1.0, 31.0, 30.0]).tolist() == [False, True, True]
    assert stand_among_all([20.0, 25.0, 21.0]).tolist() == [True, True, True]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: log_e_value(-1, 0), "n_first must be counts from 0"),
        (lambda: log_e_value(1, 0, prior=0), "prior must be above 0"),
        (lambda: decide_pair([True], alpha=1.0), "alpha must lie between 0 and 1"),
        (lambda: decide_pair([[True]]), "first_won must have one dimension"),
    ],
)
def test_odd_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def _stake(won, lost):
    return 2 ** (won + lost) * beta(10 + won, 10 + lost) / beta(10, 10)
