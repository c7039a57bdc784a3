"""Plots as inline SVG, for the report of an evaluation and for the pages of the app."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from alignment_core.reporting.drawing import (
    REPORT,
    Look,
    Pen,
    Scale,
    log_ticks,
    number,
    padded,
    scale,
    shortened,
    span_text,
    ticks,
)

ROW = 24  # pixels for each row of a chart of intervals
LABEL = 190  # pixels for the names of its rows
FEW = 12  # points of a line, up to which each has a dot


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A mark with its interval, where it has one."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """Values over steps or what else grows; `tone` picks a colour and a dash, from 1."""

    points: Sequence[tuple[float, float]]
    tone: int
    letter: str = ""  # at its end, for whoever does not tell the colours apart


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A named value with its interval; `beside` is a second value to compare it with."""

    name: str
    value: float
    low: float | None
    high: float | None
    beside: float | None = None


def points_plot(
    points: Sequence[Point],
    *,
    title: str,
    x_label: str,
    y_label: str,
    guide: tuple[tuple[float, float], tuple[float, float]] | None = None,
    is_joined: bool = False,
    x_is_log: bool = False,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
) -> str:
    """Marks over two axes.

    Args:
        guide: both ends of a dashed line, such as perfect calibration.
        is_joined: whether a line joins the marks in order.
        x_is_log: positions in powers of two, each labelled.
    """
    ys = [v for p in points for v in (p.y, p.low, p.high) if v is not None]
    x_low, x_high = x_range or padded([p.x for p in points], is_log=x_is_log)
    y_low, y_high = y_range or padded(ys)
    across = scale(x_low, x_high, REPORT.left, REPORT.inner_right, is_log=x_is_log)
    up = scale(y_low, y_high, REPORT.inner_bottom, REPORT.top)
    x_ticks = sorted({p.x for p in points}) if x_is_log else ticks(x_low, x_high)
    pen = Pen(REPORT)
    parts = [pen.axes(across, up, x_ticks, ticks(y_low, y_high))]
    parts.append(pen.labels(x_label, y_label))
    if guide is not None:
        (x1, y1), (x2, y2) = guide
        parts.append(pen.line("guide", across(x1), up(y1), across(x2), up(y2)))
    if is_joined:
        parts.append(pen.path([(across(p.x), up(p.y)) for p in points]))
    for point in points:
        if point.low is not None and point.high is not None:
            x = across(point.x)
            parts.append(pen.line("range", x, up(point.low), x, up(point.high)))
        parts.append(pen.dot(across(point.x), up(point.y), radius=2 if len(points) > 60 else 4))
    spans = [span_text(y_label, y_low, y_high), span_text(x_label, x_low, x_high)]
    return pen.picture(title, "; ".join(spans), parts)


def lines_plot(
    lines: Sequence[Line],
    *,
    title: str,
    description: str,
    look: Look,
    x_is_whole: bool = True,
    y_is_log: bool = False,
) -> str:
    """Curves over the steps of a run, with dots where their points are few.

    Args:
        lines: at least one, each with at least one point.
        description: what the picture shows, for those who do not see it.
        x_is_whole: no fractions between the marks of the axis.
        y_is_log: every value is above 0.
    """
    steps = [step for line in lines for step, _value in line.points]
    values = [value for line in lines for _step, value in line.points]
    x_ticks = ticks(min(steps), max(steps), most=4, is_whole=x_is_whole)
    if y_is_log:
        y_ticks = log_ticks(min(values), max(values), most=4)
    else:
        y_ticks = ticks(min(values), max(values), most=4, is_covering=True)
    across = scale(min(steps), max(steps), look.left, look.inner_right)
    lowest, highest = min(*values, y_ticks[0]), max(*values, y_ticks[-1])
    if y_is_log and lowest == highest:
        lowest, highest = lowest / 2, highest * 2
    up = scale(lowest, highest, look.inner_bottom, look.top, is_log=y_is_log)
    pen = Pen(look)
    parts = [pen.axes(across, up, x_ticks, y_ticks)]
    for line in lines:
        places = [(across(step), up(value)) for step, value in line.points]
        parts.append(pen.path(places, tone=line.tone))
        if len(places) <= FEW:
            parts += [pen.dot(x, y, radius=3, tone=line.tone) for x, y in places]
        if line.letter:
            x, y = places[-1]
            parts.append(pen.text(x, max(y - 6, 10), line.letter, "end"))
    return pen.picture(title, description, parts)


def rows_plot(
    rows: Sequence[Row],
    *,
    title: str,
    x_label: str,
    x_range: tuple[float, float] = (0.0, 1.0),
    guide: float | None = None,
) -> str:
    """Named values one below the other, each with its interval; `beside` is drawn as a bar."""
    look = replace(REPORT, left=LABEL, height=REPORT.top + ROW * len(rows) + REPORT.bottom)
    across = scale(*x_range, look.left, look.inner_right)
    pen, bottom = Pen(look), look.inner_bottom
    parts = [pen.line("axis", look.left, bottom, look.inner_right, bottom)]
    for tick in ticks(*x_range):
        x = across(tick)
        parts.append(pen.line("grid", x, look.top, x, bottom))
        parts.append(pen.text(x, bottom + 16, number(tick), "middle"))
    parts.append(pen.labels(x_label, ""))
    if guide is not None:
        parts.append(pen.line("guide", across(guide), look.top, across(guide), bottom))
    for place, row in enumerate(rows):
        parts.append(_row(pen, row, across, look.top + ROW * (place + 0.5)))
    return pen.picture(title, span_text(x_label, *x_range), parts)


def _row(pen: Pen, row: Row, across: Scale, y: float) -> str:
    parts = [pen.text(LABEL - 8, y + 4, shortened(row.name, 26), "end")]
    if row.low is not None and row.high is not None:
        parts.append(pen.line("range", across(row.low), y, across(row.high), y))
    if row.beside is not None:
        x = across(row.beside)
        parts.append(pen.line("beside", x, y - 8, x, y + 8))
    parts.append(pen.dot(across(row.value), y, radius=4))
    return "".join(parts)
