"""Curves as pictures: places and words in them, and a table behind each."""

import pytest
from django.template.loader import render_to_string

from training.reports.charts import (
    LOOK,
    MOST_TABLE_ROWS,
    ChartSpec,
    Trace,
    chart_of,
    charts_of,
    short_number,
)
from training.reports.curves import Curve, Series


def loss(points: list[tuple[int, float]], phase: str = "train") -> Curve:
    return Curve(key="loss", label="Loss", series=[Series(phase=phase, points=points)])


def test_a_line_runs_from_corner_to_corner() -> None:
    (chart,) = charts_of([loss([(0, 0.0), (10, 1.0)])])
    start = f"{LOOK.left}.0 {LOOK.inner_bottom}.0"
    assert f'class="chart__line" d="M{start}L{LOOK.inner_right}.0 {LOOK.top}.0"' in chart.svg
    assert chart.svg.count('class="chart__dot"') == 2
    assert chart.names[0].last == "1"


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
    assert [name.tone for name in chart.names] == [1, 2]
    assert 'class="chart__line chart__line--2"' in chart.svg
    assert "<desc>training 1, held out 1.5</desc>" in chart.svg
    assert chart.rows == ((1, ("2", "–")), (2, ("1", "1.5")))


def test_a_long_run_has_a_short_table_that_ends_with_the_last_step() -> None:
    (chart,) = charts_of([loss([(step, 1.0 / step) for step in range(1, 101)])])
    assert len(chart.rows) <= MOST_TABLE_ROWS
    assert chart.rows[-1][0] == 100
    assert "chart__dot" not in chart.svg


def test_words_in_a_picture_are_never_markup() -> None:
    hostile = "</title></svg><script>alert(1)</script>"
    spec = ChartSpec(title=hostile, traces=(Trace(key="a", phase="train", name='"<img src=x>'),))
    chart = chart_of(spec, {("a", "train"): [(1, 1.0)]})
    assert chart is not None
    page = render_to_string("training/_chart.html", {"chart": chart})
    assert "<script" not in page
    assert "<img" not in page
    assert page.count("<svg") == page.count("</svg>") == 1
    assert "style=" not in page  # which the policy of the pages forbids


def test_what_was_not_measured_is_not_drawn() -> None:
    assert charts_of([]) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.6931, "0.693"),
        (-12.44, "−12.4"),
        (5e-06, "5e-06"),
        (-747.3, "−747"),
        (12345.6, "12346"),
        (999.7, "1000"),
    ],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert short_number(value) == text
