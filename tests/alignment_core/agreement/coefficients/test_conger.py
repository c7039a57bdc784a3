"""The interval of Conger's kappa, by leaving out each comparison in full."""

import numpy as np
import pytest
from scipy.stats import t

from alignment_core.agreement import JudgementTable, measure_conger

SHARED, ALONE = 50, 120  # comparisons that three people judged, and that one did


@pytest.fixture(scope="module")
def votes():
    """Comparison, annotator and verdict; whoever judged alone shifts only what chance is."""
    rng = np.random.default_rng(3)
    comparison = np.r_[np.repeat(np.arange(SHARED), 3), SHARED + np.arange(ALONE)]
    annotator = np.r_[np.tile([0, 1, 2], SHARED), rng.integers(0, 3, ALONE)]
    hidden = rng.integers(0, 2, SHARED + ALONE)
    verdict = np.where(rng.random(len(comparison)) < 0.3, 0, hidden[comparison])
    return comparison, annotator, verdict


def test_what_people_judged_alone_adds_to_what_is_not_known_of_chance(votes):
    comparison = votes[0]
    figure = measure_conger(JudgementTable.from_arrays(*votes))
    left_out = np.array(
        [
            measure_conger(
                JudgementTable.from_arrays(*(column[comparison != one] for column in votes)),
                n_resamples=2,
            ).value
            for one in range(SHARED + ALONE)
        ]
    )
    groups = left_out[:SHARED], left_out[SHARED:]
    of_shared, of_alone = ((len(each) - 1) * each.var() for each in groups)
    half = t.ppf(0.975, SHARED - 1) * np.sqrt(of_shared + of_alone)
    assert of_alone > 0
    assert figure.low == pytest.approx(figure.value - half)
    assert figure.high == pytest.approx(figure.value + half)
