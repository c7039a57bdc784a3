"""When what is wanted may be done, by hand."""

from math import sqrt

import pytest

from annotate.dashboards.forecast import forecast, student


def test_an_even_pace_ends_on_one_day():
    found = forecast([10] * 7, 50)
    assert (found.mean, found.spread, found.n_days) == (10, 0, 7)
    assert found.expected == 5
    assert found.soonest == pytest.approx(5, abs=0.02)
    assert found.latest == pytest.approx(5, abs=0.02)


def test_the_ends_are_where_the_band_reaches_what_is_wanted():
    found = forecast([6, 10, 14, 8, 12], 100)  # mean 10, variance (16 + 0 + 16 + 4 + 4) / 4 = 10
    assert (found.mean, found.spread) == (10, pytest.approx(sqrt(10)))

    half = 1.5332 * sqrt(10) * sqrt(10 + 10**2 / 5)  # t for 80 % with 4 degrees of freedom
    low, mean, high = found.total(10)
    assert mean == 100
    assert (low, high) == (pytest.approx(100 - half, abs=0.2), pytest.approx(100 + half, abs=0.2))
    assert found.total(found.soonest)[2] == pytest.approx(100, abs=0.3)
    assert found.total(found.latest)[0] == pytest.approx(100, abs=0.3)
    assert found.soonest < found.expected == 10 < found.latest


def test_days_that_differ_much_promise_no_end():
    found = forecast([0, 0, 0, 0, 50], 1000)
    assert found.latest is None
    assert found.soonest < found.expected == 100


@pytest.mark.parametrize("daily", [[], [10] * 4, [0] * 10])
def test_too_few_days_or_none_with_work_forecast_nothing(daily):
    assert forecast(daily, 100) is None


def test_what_is_done_needs_no_forecast():
    assert forecast([10] * 7, 0) is None


def test_only_the_last_fourteen_days_count():
    assert forecast([1000] * 20 + [10] * 14, 100).mean == 10


@pytest.mark.parametrize(("freedom", "quantile"), [(4, 1.5332), (9, 1.3830), (13, 1.3502)])
def test_the_quantile_is_that_of_tables(freedom, quantile):
    assert student(0.8, freedom) == pytest.approx(quantile, rel=0.005)
