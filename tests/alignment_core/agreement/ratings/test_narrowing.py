"""Who should meet next: by hand for two, and by adding the vote for more."""

import numpy as np
import pytest

from alignment_core.agreement.ratings.narrowing import expected_narrowing, meeting_shares


def test_two_models_by_hand():
    # strengths known to ±2 each: 8 is the variance of their difference, and a vote is worth 1/4
    found = expected_narrowing([0, 0], [[0, 6], [6, 0]])
    expected = np.sqrt(1 / (1 / 8 + 6 / 4)) - np.sqrt(1 / (1 / 8 + 7 / 4))
    np.testing.assert_allclose(found, [[0, expected], [expected, 0]], rtol=1e-12)
    np.testing.assert_allclose(meeting_shares([0, 0], [[0, 6], [6, 0]]), [[0, 1], [1, 0]])


def test_a_vote_narrows_by_as_much_as_fitting_with_it_says():
    strength = np.array([0.8, 0.1, -0.9])
    counts = np.array([[0, 10, 3], [10, 0, 0], [3, 0, 0]])

    def errors(n):
        information = np.eye(3) / 4
        for i in range(3):
            for j in range(i):
                won = 1 / (1 + np.exp(strength[j] - strength[i]))
                apart = np.eye(3)[i] - np.eye(3)[j]
                information += n[i, j] * won * (1 - won) * np.outer(apart, apart)
        covariance = np.linalg.inv(information)
        return sum(
            np.sqrt(covariance[i, i] + covariance[j, j] - 2 * covariance[i, j])
            for i in range(3)
            for j in range(i)
        )

    found = expected_narrowing(strength, counts)
    for i, j in ((1, 0), (2, 0), (2, 1)):
        more = counts.copy()
        more[i, j] += 1
        assert found[i, j] == found[j, i] == pytest.approx(errors(counts) - errors(more), rel=1e-9)
    assert found[2, 1] > found[1, 0]  # who never met tell most


def test_every_model_meets_others_at_least_at_the_floor():
    counts = np.zeros((4, 4))
    counts[0, 1:] = counts[1:, 0] = 10_000  # all is known of the first
    shares = meeting_shares([0.5, 0, 0, -0.5], counts, floor=0.2)
    assert np.triu(shares).sum() == pytest.approx(1)
    assert shares[0].sum() >= 0.2 * 2 / 4
    assert (shares[np.triu_indices(4, 1)] >= 0.2 / 6).all()
    np.testing.assert_allclose(meeting_shares([0, 1], [[0, 0], [0, 0]], floor=1)[0, 1], 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 0], [[0]]), "n_votes is of shape"),
        (([0, 0], [[0, -1], [-1, 0]]), "counts from 0"),
        (([0], [[0]]), "two models or more"),
    ],
)
def test_odd_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        meeting_shares(*arguments)
