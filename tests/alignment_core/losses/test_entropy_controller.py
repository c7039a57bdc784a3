import math

import pytest

from alignment_core.losses.entropy_controller import (
    acting_entropy_coefficient,
    next_entropy_coefficient,
)


def test_the_coefficient_moves_by_a_step_towards_the_target():
    settings = {"target": 0.5, "step": 0.005}
    assert next_entropy_coefficient(0.01, entropy=0.4, **settings) == pytest.approx(0.015)
    assert next_entropy_coefficient(0.01, entropy=0.5, **settings) == pytest.approx(0.015)
    assert next_entropy_coefficient(0.01, entropy=0.6, **settings) == pytest.approx(0.005)


def test_the_coefficient_stays_within_0_and_1():
    assert next_entropy_coefficient(0.003, entropy=9.0, target=0.5, step=0.005) == 0.0
    assert next_entropy_coefficient(0.999, entropy=0.0, target=0.5, step=0.005) == 1.0


def test_the_bonus_acts_at_the_target_and_below_it():
    for entropy, acting in ((0.4, 0.01), (0.5, 0.01), (0.6, 0.0), (math.inf, 0.0)):
        assert acting_entropy_coefficient(0.01, entropy=entropy, target=0.5) == acting
    assert acting_entropy_coefficient(0.01, entropy=math.inf, target=0.0) == 0.01  # none


@pytest.mark.parametrize(
    "values",
    [
        {"coefficient": -0.1},
        {"coefficient": 1.1},
        {"target": 0.0},
        {"step": 0.0},
    ],
)
def test_what_is_out_of_range_is_refused(values):
    given = {"coefficient": 0.1, "target": 0.5, "step": 0.005, **values}
    with pytest.raises(ValueError, match="out of range"):
        next_entropy_coefficient(given.pop("coefficient"), entropy=0.4, **given)
