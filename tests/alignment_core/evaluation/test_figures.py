import numpy as np
import pytest
from scipy.special import expit

from alignment_core.evaluation.figures import mean_figure, ratio_figure, share_of_group
from alignment_core.evaluation.logistic import fit_logistic


def test_a_group_that_is_too_small_says_so_with_its_size():
    figure = share_of_group([1.0, 0.0], "ties")
    assert figure == {"undefined": "because there are 2 ties, fewer than 5", "n": 2}


def test_the_interval_of_a_mean_is_that_of_its_standard_error():
    values = np.random.default_rng(1).normal(3.0, 2.0, size=400)
    figure = mean_figure(values)
    error = values.std() / np.sqrt(400)
    assert figure["value"] == pytest.approx(values.mean())
    assert figure["low"] == pytest.approx(values.mean() - 1.96 * error, abs=0.02)
    assert figure["high"] == pytest.approx(values.mean() + 1.96 * error, abs=0.02)


def test_a_ratio_is_of_sums_and_not_a_mean_of_ratios():
    above, below = np.array([1.0, 1, 1, 1, 6]), np.array([1.0, 1, 1, 1, 16])
    assert ratio_figure(above, below)["value"] == pytest.approx(10 / 20)


def test_values_without_spread_have_no_interval():
    figure = mean_figure(np.full(10, 2.5))
    assert (figure["value"], figure["low"], figure["high"]) == (2.5, None, None)
    assert figure["interval_undefined"] == "because the pairs do not differ"


def test_a_ratio_over_nothing_is_undefined():
    assert "undefined" in ratio_figure(np.ones(6), np.zeros(6))


def test_logistic_regression_finds_the_log_odds():
    # three of four are 1: log odds log 3
    ones = np.ones((400, 1))
    targets = np.tile([1.0, 1.0, 1.0, 0.0], 100)
    assert fit_logistic(ones, targets, np.ones((1, 400)))[0, 0] == pytest.approx(
        np.log(3), abs=1e-3
    )


def test_logistic_regression_ends_where_outcomes_are_separated():
    features = np.array([[1.0], [2.0], [3.0], [4.0]])
    slope = fit_logistic(features, np.ones(4), np.ones((1, 4)))[0, 0]
    # at the optimum the outcomes pull exactly as hard as the penalty holds
    pull = ((1 - expit(slope * features[:, 0])) * features[:, 0]).sum()
    assert pull == pytest.approx(slope / 10.0**2)
