"""Pictures of stored figures: every row is in the table, the CSV and the API alike."""

import csv
import io
import re
from datetime import date
from xml.etree import ElementTree

import pytest

from alignment_core.reporting.shapes import (
    Band,
    Course,
    Span,
    Stack,
    courses_plot,
    spans_plot,
    stacks_plot,
)
from alignment_core.reporting.svg import Point
from annotate.agreement.reports import refresh_report
from annotate.dashboards.agreement_pictures import pictures_of
from annotate.dashboards.chart import COUNT, DAY, LOOK, SHARE, TEXT, Chart, Column
from tests.factories import judge_comparison, make_comparison, make_project, make_prompt


def shapes(svg: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg))  # noqa: S314  # our own drawing


def of_class(svg: str, name: str) -> list[ElementTree.Element]:
    return [shape for shape in shapes(svg) if name in shape.get("class", "").split()]


def test_a_course_draws_its_interval_and_a_band_its_area():
    points = [Point(x=n, y=n, low=n - 1, high=n + 1) for n in range(3)]
    svg = courses_plot(
        [Course(points=points), Course(points=points, tone=2, is_band=True)],
        title="<T>",
        description="d",
        look=LOOK,
        x_words=str,
        guide=2.0,
    )
    assert len(of_class(svg, "chart__range")) == 3
    assert len(of_class(svg, "chart__dot")) == 3
    assert len(of_class(svg, "chart__area--2")) == 1
    assert len(of_class(svg, "chart__guide")) == 1
    assert 'aria-label="&lt;T&gt;"' in svg


def test_a_single_point_has_a_picture():
    svg = courses_plot(
        [Course(points=[Point(x=5, y=0.5)])], title="T", description="", look=LOOK, x_words=str
    )
    assert len(of_class(svg, "chart__dot")) == 1


def test_spans_stand_before_their_bands_and_what_has_no_value_has_no_mark():
    svg = spans_plot(
        [Span(name="a", value=0.5, low=0.25, high=0.75), Span(name="b", value=None)],
        title="T",
        description="",
        look=LOOK,
        x_range=(0.0, 1.0),
        bands=[Band(low=0, high=0.5, name="low"), Band(low=0.5, high=1, name="high")],
    )
    left, _below, right, _below = of_class(svg, "chart__bar")
    edge = float(left.get("x")) + float(left.get("width"))
    assert edge == pytest.approx(float(right.get("x")), abs=0.2)
    (dot,) = of_class(svg, "chart__dot")
    assert float(dot.get("cx")) == pytest.approx(edge, abs=0.2)
    (reach,) = of_class(svg, "chart__range")
    quarter = float(left.get("x")) + float(left.get("width")) / 2
    assert float(reach.get("x1")) == pytest.approx(quarter, abs=0.2)


def test_rows_fit_a_phone_with_their_names_above_them():
    svg = stacks_plot(
        [Stack(name="a name of some length", parts=[1.0])],
        title="T",
        description="",
        look=LOOK,
        most=1.0,
    )
    assert 'viewBox="0 0 400 ' in svg and "chart__picture--narrow" in svg
    (bar,) = of_class(svg, "chart__bar")
    name = of_class(svg, "chart__tick")[-1]
    assert name.text == "a name of some length"
    assert float(name.get("y")) < float(bar.get("y"))


def test_parts_of_a_bar_follow_one_another():
    svg = stacks_plot(
        [Stack(name="a", parts=[0.25, 0.5, 0.25])], title="T", description="", look=LOOK, most=1.0
    )
    bars = of_class(svg, "chart__bar")
    widths = [float(bar.get("width")) for bar in bars]
    assert widths[1] == pytest.approx(2 * widths[0], abs=0.3)
    assert float(bars[1].get("x")) == pytest.approx(float(bars[0].get("x")) + widths[0], abs=0.2)


def test_a_csv_guards_what_a_spreadsheet_would_run_and_leaves_what_is_unknown_empty():
    chart = Chart(
        key="k",
        title="T",
        columns=(
            Column("name", "Name", TEXT),
            Column("day", "Day", DAY),
            Column("share", "Share", SHARE),
            Column("n", "n", COUNT),
        ),
        rows=[("=1+1", date(2026, 3, 1), None, 1234)],
    )
    heading, row = csv.reader(io.StringIO(chart.as_csv().decode()))
    assert heading == ["name", "day", "share", "n"]
    assert row == ["'=1+1", "2026-03-01", "", "1234"]
    assert [cell.text for cell in chart.cells[0]][2:] == ["–", "1,234"]
    assert chart.to_dict()["rows"] == [
        {"name": "=1+1", "day": "2026-03-01", "share": None, "n": 1234}
    ]


@pytest.mark.django_db
def test_each_kind_of_group_has_its_picture_and_hostile_names_are_escaped():
    project = make_project(overlap=2)
    for verdicts in [("first", "first"), ("first", "second"), ("second", "second")]:
        prompt = make_prompt(project, tags=["<script>", "b" * 80], language="de")
        judge_comparison(make_comparison(project, prompt=prompt), *verdicts)
    stored = refresh_report(project)
    pictures = pictures_of(stored, "all", is_lead=True, people={}, imports={})
    assert [chart.key for chart in pictures.groups] == ["by_tag", "by_language"]
    for chart in pictures.all:
        assert "<script>" not in chart.svg
        if chart.svg:
            assert shapes(chart.svg)
    by_tag = pictures.groups[0]
    assert {row[0]: row[1] for row in by_tag.rows} == {"<script>": 3, "b" * 80: 3}
    assert not re.search(r"nan|inf", "".join(chart.svg for chart in pictures.all))
