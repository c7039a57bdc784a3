import re

import pytest

from alignment_core.reporting.drawing import Look, log_ticks, number, shortened, ticks
from alignment_core.reporting.svg import Line, Point, Row, lines_plot, points_plot, rows_plot


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 1.0, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-0.13, 0.31, [-0.1, 0.0, 0.1, 0.2, 0.3]),
        (3.0, 1200.0, [500.0, 1000.0]),
    ],
)
def test_ticks_are_round_numbers_inside_the_range(low, high, expected):
    assert ticks(low, high) == pytest.approx(expected)


def test_ticks_can_span_the_values():
    assert ticks(0.0, 0.72, most=4, is_covering=True) == [0.0, 0.2, 0.4, 0.6, 0.8]
    assert ticks(-3.0, 9.0, most=4, is_covering=True) == [-5.0, 0.0, 5.0, 10.0]
    assert ticks(0.6, 1.2, most=4, is_covering=True)[0] == 0.6  # though 0.6 / 0.2 is below 3


def test_ticks_of_steps_are_whole_and_stay_within_them():
    assert ticks(1, 3, most=4, is_whole=True) == [1, 2, 3]
    assert ticks(1, 45, most=4, is_whole=True) == [20, 40]


def test_one_value_has_one_tick():
    assert ticks(0.5, 0.5) == [0.5]
    assert log_ticks(0.5, 0.5) == [0.5]


def test_ticks_of_a_logarithmic_axis_are_powers_of_ten_or_what_lies_between():
    assert log_ticks(1, 100) == pytest.approx([1, 10, 100])
    assert log_ticks(0.5, 6) == pytest.approx([0.5, 1, 2, 5])
    assert log_ticks(0.3, 0.9, most=4) == pytest.approx([0.4, 0.6, 0.8])
    assert log_ticks(1e-12, 1e12, most=4) == pytest.approx([10.0**n for n in range(-12, 13, 4)])


def test_equal_ratios_are_equal_distances_on_a_logarithmic_axis():
    look = Look(left=0, right=0, top=0, bottom=0, width=100, height=100)
    line = Line(points=[(0.5, 1.0), (1.0, 10.0), (2.5, 100.0)], tone=1)
    svg = lines_plot([line], title="t", description="d", look=look, x_is_whole=False, y_is_log=True)
    assert 'd="M0.0 100.0L25.0 50.0L100.0 0.0"' in svg


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.12345, "0.123"), (1234.5, "1234"), (0.0, "0"), (-2.0, "-2"), (1e-6, "1e-06")],
)
def test_numbers_are_short(value, text):
    assert number(value) == text


def test_marks_lie_where_their_values_are():
    # 64 to 544 across, 254 to 14 up: a quarter across is 184, half of the height 134
    svg = points_plot(
        [Point(x=0.25, y=0.5, low=0.25, high=0.75)],
        title="t",
        x_label="x",
        y_label="y",
        x_range=(0.0, 1.0),
        y_range=(0.0, 1.0),
    )
    assert 'cx="184.0" cy="134.0"' in svg
    assert 'x1="184.0" y1="194.0" x2="184.0" y2="74.0"' in svg


def test_equal_values_and_powers_of_two_can_be_drawn():
    points = [Point(x=n, y=1.0) for n in (1, 2, 4, 8)]
    svg = points_plot(points, title="t", x_label="n", y_label="r", is_joined=True, x_is_log=True)
    places = [float(x) for x in re.findall(r'cx="([\d.]+)"', svg)]
    assert places == [64.0, 224.0, 384.0, 544.0]
    assert "nan" not in svg


def test_names_of_rows_are_escaped_and_cut():
    row = Row(name="<b>" + "x" * 40, value=0.5, low=None, high=None, beside=0.25)
    svg = rows_plot([row], title='a "title"', x_label="share")
    assert "&lt;b&gt;" in svg
    assert "<b>" not in svg
    assert 'aria-label="a &quot;title&quot;"' in svg
    assert shortened("x" * 40, 10) == "x" * 9 + "…"
    assert shortened("长" * 5, 10) == "长" * 5  # each twice as wide as a letter
    assert shortened("长" * 6, 10) == "长" * 4 + "…"


def test_a_picture_says_what_it_shows_without_being_seen():
    svg = points_plot(
        [Point(x=1, y=2.0)],
        title="t",
        x_label="<x>",
        y_label="y",
        x_range=(0.0, 4.0),
        y_range=(-1.0, 3.0),
    )
    assert '<svg class="picture" viewBox="0 0 560 300" role="img" aria-label="t">' in svg
    assert "<title>t</title><desc>y: -1 – 3; &lt;x&gt;: 0 – 4</desc>" in svg


def test_lines_carry_the_classes_of_their_page_and_no_style_of_their_own():
    look = Look(prefix="mine__", is_boxed=False)
    lines = [Line(points=[(1, 1.0), (2, 3.0)], tone=1), Line(points=[(1, 2.0)], tone=2)]
    svg = lines_plot(lines, title="<i>", description="a & b", look=look)
    assert "<i>" not in svg
    assert "<desc>a &amp; b</desc>" in svg
    assert set(re.findall(r'class="([^"]*)"', svg)) == {
        "mine__picture",
        "mine__grid",
        "mine__tick",
        "mine__line",
        "mine__line mine__line--2",
        "mine__dot",
        "mine__dot mine__dot--2",
    }
    assert not re.search(r"style|fill=|stroke=", svg)
