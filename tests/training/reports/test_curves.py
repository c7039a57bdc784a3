"""A whole run in few points: no peak and no dip is lost, and both ends stay."""

import pytest

from tests.training.contrast.rows import BEGAN, make_base, make_snapshot, trained_run
from training.models import RunMetric
from training.reports.curves import MOST_POINTS, curves_of, thinned
from training.reports.logged import Logged


def test_few_points_stay_as_they_are():
    points = [(step, float(step % 7)) for step in range(MOST_POINTS)]
    assert thinned(points) == points


def test_of_each_stretch_the_lowest_and_the_highest_stay_in_their_order():
    """2,000 points: 1,998 between the ends in 249 stretches of 8 or 9."""
    points = [(step, 0.5) for step in range(2000)]
    points[777], points[778], points[1500] = (777, -9.0), (778, 9.0), (1500, 100.0)
    kept = thinned(points)
    assert len(kept) <= MOST_POINTS
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    assert {(777, -9.0), (778, 9.0), (1500, 100.0)} <= set(kept)
    assert [step for step, _value in kept] == sorted({step for step, _value in kept})


@pytest.mark.parametrize("n", [MOST_POINTS + 1, 999, 5000])
def test_the_extremes_of_all_are_those_of_what_is_kept(n):
    points = [(step, float((step * 7919) % 1009)) for step in range(n)]
    kept = thinned(points)
    assert len(kept) <= MOST_POINTS
    for which in (min, max):
        assert which(value for _step, value in kept) == which(value for _step, value in points)


def test_what_is_no_number_has_no_place():
    rows = [(1, {"loss": 0.5, "word": "x", "yes": True, "none": None, "n": 3})]
    logged = Logged(first=[(step, BEGAN, values) for step, values in rows])
    assert logged.figures() == ["loss", "n"]
    assert list(logged.extremes("n")) == [(1, BEGAN, 3.0)]
    assert list(logged.extremes("yes")) == []


@pytest.mark.django_db
def test_a_peak_of_a_long_run_is_in_its_curve():
    run = trained_run("long", snapshot=make_snapshot(), base=make_base())
    RunMetric.objects.bulk_create(
        RunMetric(
            run=run,
            phase="train",
            step=step,
            logged_at=BEGAN,
            values={"loss": 50.0 if step == 1234 else 1 / step},
        )
        for step in range(1, 3001)
    )
    (loss,) = [curve for curve in curves_of(run) if curve.key == "loss"]
    (line,) = loss.series
    assert (1234, 50.0) in line.points
    assert (line.points[0][0], line.points[-1][0]) == (1, 3000)
    assert len(line.points) <= MOST_POINTS
