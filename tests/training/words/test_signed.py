"""Numbers with their sign."""

import pytest

from training.words.signed import signed


@pytest.mark.parametrize(
    ("number", "decimals", "said"),
    [
        (3.4, 0, "+3"),
        (-3.6, 0, "−4"),
        (0, 0, "0"),
        (0.4, 0, "0"),
        (-0.4, 0, "0"),  # neither +0 nor −0
        (-0.04, 1, "0.0"),
        (-0.06, 1, "−0.1"),
        (12, 2, "+12.00"),
    ],
)
def test_what_rounds_to_nothing_has_no_sign(number, decimals, said):
    assert signed(number, decimals) == said
