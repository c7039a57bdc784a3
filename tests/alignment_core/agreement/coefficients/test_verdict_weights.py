import numpy as np
import pytest

from alignment_core.agreement.coefficients.verdict_weights import (
    agreement_weights,
    category_values,
    squared_distances,
)


@pytest.mark.parametrize(
    ("weights", "row"),
    [
        ("identity", [1, 0, 0, 0]),
        ("linear", [1, 2 / 3, 1 / 3, 0]),
        ("quadratic", [1, 8 / 9, 5 / 9, 0]),
        ("ordinal", [1, 1 - 1 / 6, 1 - 3 / 6, 0]),  # pairs of ranks: 1, 3 and 6 of 6
    ],
)
def test_weights_by_hand(weights, row):
    found = agreement_weights(weights, list("abcd"))
    np.testing.assert_allclose(found[0], row)
    np.testing.assert_allclose(found, found.T)


def test_values_move_the_weights():
    found = agreement_weights("linear", ["low", "middle", "high"], [0, 1, 10])
    np.testing.assert_allclose(found[0], [1, 0.9, 0])


def test_ordinal_distances_count_what_lies_between():
    # Krippendorff: from 1 to 3 with counts 9, 13, 10: (9/2 + 13 + 10/2)²
    apart = squared_distances("ordinal", np.arange(3.0), np.array([9.0, 13.0, 10.0]))
    assert apart[0, 2] == pytest.approx(22.5**2)
    assert apart[0, 1] == pytest.approx(11.0**2)


def test_ratio_distances_by_hand():
    apart = squared_distances("ratio", np.array([0.0, 1.0, 3.0]), np.zeros(3))
    np.testing.assert_allclose(apart, [[0, 1, 1], [1, 0, 0.25], [1, 0.25, 0]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: agreement_weights("cubic", "ab"), "weights are 'cubic', not one of identity"),
        (lambda: agreement_weights([[1, 0]], "ab"), r"shape \(1, 2\) for 2 categories"),
        (lambda: agreement_weights([[1, 2], [2, 1]], "ab"), "symmetric, in"),
        (lambda: agreement_weights("linear", "ab", [1, 1]), "all the same"),
        (lambda: agreement_weights("linear", "ab", [1]), "2 categories need as many"),
        (lambda: category_values("euclid", "ab"), "metric is 'euclid', not one of nominal"),
        (lambda: category_values("ratio", "ab"), "ratio needs the values"),
        (lambda: category_values("ratio", ["-1", "2"]), "ratio needs values from 0, not -1.0"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()
