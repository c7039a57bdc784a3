import itertools
import math

import numpy as np
import pytest

from alignment_core.evaluation.best_of_n import best_of_n_curve, expected_best, kl_bound


@pytest.mark.parametrize("n", [1, 2, 3, 5, 6])
def test_the_estimate_is_the_mean_over_every_subset(n):
    rewards = np.random.default_rng(2).normal(size=(3, 6))
    rewards[0, 1] = rewards[0, 2]  # equal rewards
    brute_force = [
        np.mean([max(subset) for subset in itertools.combinations(row, n)]) for row in rewards
    ]
    np.testing.assert_allclose(expected_best(rewards, n), brute_force, rtol=1e-12)


def test_the_curve_doubles_up_to_all_samples():
    rewards = np.random.default_rng(4).normal(size=(40, 6))
    curve = best_of_n_curve(rewards)
    assert [point["n"] for point in curve["points"]] == [1, 2, 4, 6]
    assert curve["points"][0]["reward"]["value"] == pytest.approx(rewards.mean())
    assert curve["points"][-1]["reward"]["value"] == pytest.approx(rewards.max(axis=1).mean())
    # two normal samples: the expected maximum is 1 / √π
    assert curve["points"][1]["gain"]["value"] == pytest.approx(1 / math.sqrt(math.pi), abs=0.15)


def test_the_bound_of_best_of_four_is_log_4_less_three_quarters():
    assert kl_bound(4) == pytest.approx(math.log(4) - 0.75)
    assert kl_bound(1) == 0.0


def test_more_than_there_are_samples_is_refused():
    with pytest.raises(ValueError, match="from 1 to 3, not 4"):
        expected_best(np.zeros((2, 3)), 4)


def test_one_sample_has_no_curve():
    assert "undefined" in best_of_n_curve(np.zeros((5, 1)))
