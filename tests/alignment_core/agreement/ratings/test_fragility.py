"""The fewest votes that change the leader: by hand for two, by trying all for more."""

import itertools

import numpy as np
import pytest

from alignment_core.agreement.ratings.fragility import fewest_votes_that_change_the_leader
from alignment_core.agreement.ratings.matches import Matches


def _matches(rows):
    first, second, score = zip(*rows, strict=True)
    return Matches.from_arrays(first, second, score)


@pytest.mark.parametrize(
    ("won", "lost", "tied", "n_votes"),
    [(30, 20, 0, 11), (30, 20, 15, 11), (1, 0, 0, None), (5, 4, 3, 2), (700, 300, 0, 401)],
)
def test_two_models_by_hand(won, lost, tied, n_votes):
    rows = [("a", "b", 1)] * won + [("a", "b", 0)] * lost + [("a", "b", 0.5)] * tied
    found = fewest_votes_that_change_the_leader(_matches(rows))
    if n_votes is None:  # what is left says nothing
        assert found is None
    else:
        assert (found.leader, found.challenger, found.n_votes) == (0, 1, n_votes)


@pytest.mark.parametrize("seed", range(6))
def test_three_models_as_by_trying_everything(seed):
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 3, 18)
    second = (first + rng.integers(1, 3, 18)) % 3
    score = rng.choice([0, 1, 1], 18)
    rows = list(zip(first.tolist(), second.tolist(), score.tolist(), strict=True))
    found = fewest_votes_that_change_the_leader(_matches(rows))
    assert found.n_votes == _by_trying(rows)


def test_all_that_lead_is_told_where_thousands_voted():
    rng = np.random.default_rng(9)
    strength = np.array([0.05, 0.0, -0.6, -1.0])
    first = rng.integers(0, 4, 20_000)
    second = (first + rng.integers(1, 4, 20_000)) % 4
    won = rng.random(20_000) < 1 / (1 + np.exp(strength[second] - strength[first]))
    found = fewest_votes_that_change_the_leader(Matches.from_arrays(first, second, won))
    assert (found.leader, found.challenger) == (0, 1)
    assert 1 < found.n_votes < 1000


def _by_trying(rows):
    """Drop ever more votes of each kind in every way until another leads."""
    kinds, counts = np.unique(np.array(rows), axis=0, return_counts=True)
    leader = _strengths(kinds, counts).argmax()
    for size in range(1, len(rows)):
        for dropped in itertools.product(*(range(min(size, n) + 1) for n in counts)):
            if sum(dropped) == size:
                strengths = _strengths(kinds, counts - np.array(dropped))
                if np.delete(strengths, leader).max() > strengths[leader] + 1e-7:
                    return size
    return None


def _strengths(kinds, counts):
    """By Zermelo's iteration, with a trace of wins each way between every two."""
    wins = np.full((3, 3), 1e-3)
    for (first, second, score), n in zip(kinds, counts, strict=True):
        winner, loser = (first, second) if score else (second, first)
        wins[int(winner), int(loser)] += n
    np.fill_diagonal(wins, 0)
    value = np.zeros(3)
    for _ in range(200):  # Newton on the plain likelihood
        p = 1 / (1 + np.exp(value[None, :] - value[:, None]))
        gradient = (wins * (1 - p)).sum(axis=1) - (wins.T * p).sum(axis=1)
        weight = (wins + wins.T) * p * (1 - p)
        curvature = np.diag(weight.sum(axis=1)) - weight + 1 / 3
        step = np.linalg.solve(curvature, gradient)
        value = value + step / max(1.0, np.abs(step).max())
        if np.abs(step).max() < 1e-10:
            break
    return value
