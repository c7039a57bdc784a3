"""Curves as shapes: round ticks, places in the picture, and a table behind it."""

import pytest

from training.reports.charts import (
    BOTTOM,
    HEIGHT,
    LEFT,
    MOST_TABLE_ROWS,
    RIGHT,
    TOP,
    WIDTH,
    charts_of,
    nice_ticks,
    short_number,
)
from training.reports.curves import Curve, Series


def loss(points: list[tuple[int, float]], phase: str = "train") -> Curve:
    return Curve(key="loss", label="Loss", series=[Series(phase=phase, points=points)])


def test_ticks_are_round_and_span_the_values() -> None:
    assert nice_ticks(0.0, 0.72) == [0.0, 0.2, 0.4, 0.6, 0.8]
    assert nice_ticks(-3.0, 9.0) == [-5.0, 0.0, 5.0, 10.0]


def test_ticks_of_steps_are_whole_and_stay_within_them() -> None:
    assert nice_ticks(1, 3, whole=True) == [1, 2, 3]
    assert nice_ticks(1, 45, whole=True) == [20, 40]


def test_one_value_has_one_tick() -> None:
    assert nice_ticks(0.5, 0.5) == [0.5]


def test_a_line_runs_from_corner_to_corner() -> None:
    (chart,) = charts_of([loss([(0, 0.0), (10, 1.0)])])
    line = chart.lines[0]
    assert line.path == f"M{LEFT}.0 {HEIGHT - BOTTOM}.0L{WIDTH - RIGHT}.0 {TOP}.0"
    assert line.last == "1"


def test_training_and_held_out_share_one_picture() -> None:
    curve = Curve(
        key="loss",
        label="Loss",
        series=[
            Series(phase="train", points=[(1, 2.0), (2, 1.0)]),
            Series(phase="eval", points=[(2, 1.5)]),
        ],
    )
    (chart,) = charts_of([curve])
    assert [line.tone for line in chart.lines] == [1, 2]
    assert chart.rows == ((1, ("2", "–")), (2, ("1", "1.5")))


def test_a_long_run_has_a_short_table_that_ends_with_the_last_step() -> None:
    (chart,) = charts_of([loss([(step, 1.0 / step) for step in range(1, 101)])])
    assert len(chart.rows) <= MOST_TABLE_ROWS
    assert chart.rows[-1][0] == 100
    assert chart.lines[0].dots == ()


def test_what_was_not_measured_is_not_drawn() -> None:
    assert charts_of([]) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.6931, "0.693"), (-12.44, "−12.4"), (5e-06, "5e-06"), (-747.3, "−747"), (12345.6, "12346")],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert short_number(value) == text
