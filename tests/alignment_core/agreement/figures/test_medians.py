import numpy as np
import pytest

from alignment_core.agreement import clustered_median
from alignment_core.agreement.figures.figure import FEW_CLUSTERS, NO_VARIATION


def test_the_median_of_an_even_number_lies_between_the_two_in_the_middle():
    median, interval = clustered_median([8, 1, 4, 2], [0, 0, 1, 1])
    assert median == 3
    assert interval.undefined == FEW_CLUSTERS


def test_one_value_for_each_of_many_is_the_ordinary_bootstrap():
    """Of 101 values 0 … 100 the ends are the order statistics at 50 ± 1.96 · √101 / 2, ± 9.85."""
    median, interval = clustered_median(np.arange(101), np.arange(101), n_resamples=4000)
    assert median == 50
    assert interval.low == pytest.approx(40, abs=1.5)
    assert interval.high == pytest.approx(60, abs=1.5)


def test_people_are_drawn_and_not_what_they_did():
    """Ten who always take 10, 20, … 100 seconds: saying it a hundred times tells nothing more."""
    pace = np.arange(10, 110, 10)
    once = clustered_median(pace, range(10))[1]
    often = clustered_median(np.repeat(pace, 100), np.repeat(range(10), 100))[1]
    assert (often.low, often.high) == (once.low, once.high)
    assert often.high - often.low >= 40


def test_what_never_differs_has_no_interval():
    assert clustered_median([5] * 12, range(12))[1].undefined == NO_VARIATION


@pytest.mark.parametrize(("values", "clusters"), [([], []), ([1, 2], [0]), ([[1]], [[0]])])
def test_shapes_that_do_not_fit_are_refused(values, clusters):
    with pytest.raises(ValueError, match=r"shape|one dimension"):
        clustered_median(values, clusters)
