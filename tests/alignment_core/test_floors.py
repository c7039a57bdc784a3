"""Below a floor, said at any time: stakes by hand, a plain sum beside them, and a simulation."""

import math
import random
from fractions import Fraction

import pytest

from alignment_core.floors import is_below, log_stake, upper_end


def plain_stake(n_right: int, n: int, floor: Fraction) -> Fraction:
    """The integral term by term: (1 − q)ᵏ multiplied out, with whole numbers alone."""
    n_wrong = n - n_right
    integral = sum(
        Fraction((-1) ** k * math.comb(n_wrong, k)) * floor ** (n_right + k + 1) / (n_right + k + 1)
        for k in range(n_wrong + 1)
    )
    return integral / floor / (floor**n_right * (1 - floor) ** n_wrong)


def test_stakes_worked_by_hand():
    assert log_stake(0, 0, floor=0.7) == pytest.approx(0, abs=1e-15)
    # one wrong: ∫₀·⁷ (1 − q) dq / .7 / .3 = (1 − .35) / .3
    assert log_stake(0, 1, floor=0.7) == pytest.approx(math.log(0.65 / 0.3))
    # one right: ∫₀·⁷ q dq / .7 / .7 = 1/2
    assert log_stake(1, 1, floor=0.7) == pytest.approx(math.log(0.5))


@pytest.mark.parametrize(
    ("n_right", "n", "floor"),
    [(3, 20, "7/10"), (9, 20, "7/10"), (20, 20, "1/2"), (55, 60, "9/10"), (2, 90, "1/20")],
)
def test_the_stake_is_the_integral(n_right, n, floor):
    exact = plain_stake(n_right, n, Fraction(floor))
    assert math.exp(log_stake(n_right, n, floor=float(Fraction(floor)))) == pytest.approx(
        float(exact), rel=1e-9
    )


def test_a_long_run_neither_overflows_nor_loses_its_sign():
    assert log_stake(0, 100_000, floor=0.7) > 100_000
    assert log_stake(100_000, 100_000, floor=0.7) == pytest.approx(-math.log(100_001))
    # far above the floor only rates just below it count: ∫ e⁻ˢᵗ dt / f with s = 9e4 / .7 − 1e4 / .3
    assert log_stake(90_000, 100_000, floor=0.7) == pytest.approx(
        -math.log(0.7 * (90_000 / 0.7 - 10_000 / 0.3)), rel=1e-4
    )


def test_the_upper_end_is_where_the_stake_reaches_one_over_alpha():
    end = upper_end(10, 40, alpha=0.05)
    assert 10 / 40 < end < 1
    assert log_stake(10, 40, floor=end) == pytest.approx(math.log(20), abs=1e-6)
    assert is_below(10, 40, floor=end + 1e-6, alpha=0.05)
    assert not is_below(10, 40, floor=end - 1e-6, alpha=0.05)


def test_of_none_and_while_all_are_right_the_upper_end_is_one():
    assert upper_end(0, 0, alpha=0.05) == 1
    assert upper_end(30, 30, alpha=0.05) == 1


def test_the_upper_end_falls_with_every_wrong_answer():
    ends = [upper_end(20, 20 + n_wrong, alpha=0.05) for n_wrong in range(1, 40)]
    assert ends == sorted(ends, reverse=True)


def test_whoever_stands_at_the_floor_is_seldom_called_below_it_however_often_one_looks():
    draw, n_people, n_called = random.Random(7), 300, 0
    for _person in range(n_people):
        n_right = 0
        for n in range(1, 201):
            n_right += draw.random() < 0.7
            if is_below(n_right, n, floor=0.7, alpha=0.05):
                n_called += 1
                break
    assert n_called / n_people <= 0.05


@pytest.mark.parametrize(
    ("n_right", "n", "floor", "alpha"), [(-1, 3, 0.5, 0.1), (4, 3, 0.5, 0.1), (1, 3, 0.0, 0.1)]
)
def test_what_cannot_be_is_refused(n_right, n, floor, alpha):
    with pytest.raises(ValueError, match=r"n_right|floor"):
        is_below(n_right, n, floor=floor, alpha=alpha)


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_a_bound_that_is_certain_or_never_holds_is_refused(alpha):
    with pytest.raises(ValueError, match="alpha"):
        upper_end(1, 3, alpha=alpha)
