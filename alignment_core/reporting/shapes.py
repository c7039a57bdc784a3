"""Plots of dashboards: courses over time, intervals against bands, and stacked bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from alignment_core.reporting.drawing import Look, Pen, Scale, padded, scale, shortened, ticks
from alignment_core.reporting.svg import Point

Words = Callable[[float], str]

WIDE, ROW = 400, 46  # of rows of intervals or bars: their names stand above them, as phones want it
NAME, MIDDLE = 14, 31  # from the top of a row to the foot of its name, and to what is drawn of it
A_CHARACTER = 6.6  # of the names, in the picture's units
FEW = 40  # points of a course, up to which each has a dot
HIGH, BAND = 14, 22  # of a bar, and of what lies behind an interval


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """What grows or changes; with `is_band` its ends are the edges of an area, not whiskers."""

    points: Sequence[Point]
    tone: int = 1
    is_band: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A named value with its interval."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    tone: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """Part of an axis that a reading has a word for."""

    low: float
    high: float
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Stack:
    """A named bar, in parts."""

    name: str
    parts: Sequence[float]


def courses_plot(
    courses: Sequence[Course],
    *,
    title: str,
    description: str,
    look: Look,
    x_words: Words,
    y_range: tuple[float, float] | None = None,
    x_label: str = "",
    guide: float | None = None,
    is_whole: bool = True,
) -> str:
    """Curves over one axis, with their intervals.

    Args:
        courses: at least one with at least one point.
        x_words: what stands below a place of the axis.
        guide: a height with a dashed line, such as what is wanted.
        is_whole: no fractions between the places that have words.
    """
    points = [point for course in courses for point in course.points]
    xs = [point.x for point in points]
    ys = [end for p in points for end in (p.y, p.low, p.high) if end is not None]
    if guide is not None:
        ys.append(guide)
    x_low, x_high = (min(xs), max(xs)) if max(xs) > min(xs) else (min(xs) - 1, max(xs) + 1)
    y_low, y_high = y_range or padded(ys)
    look = replace(look, bottom=look.bottom + (18 if x_label else 0))
    across = scale(x_low, x_high, look.left, look.inner_right)
    up = scale(y_low, y_high, look.inner_bottom, look.top)
    pen = Pen(look)
    parts = [pen.axes(across, up, [], ticks(y_low, y_high, most=4))]
    parts += _words_below(
        pen, look, across, ticks(x_low, x_high, most=4, is_whole=is_whole), x_words
    )
    if x_label:
        parts.append(pen.labels(x_label, ""))
    if guide is not None:
        parts.append(pen.line("guide", look.left, up(guide), look.inner_right, up(guide)))
    for course in courses:
        parts += _course(pen, course, across, up)
    return pen.picture(title, description, parts)


def _words_below(
    pen: Pen, look: Look, across: Scale, places: Sequence[float], words: Words
) -> list[str]:
    """Words at the ends stay within the picture."""
    parts = []
    for place in places:
        x = across(place)
        anchor = "start" if x < look.left + 24 else "end" if x > look.inner_right - 24 else "middle"
        parts.append(pen.text(x, look.inner_bottom + 16, words(place), anchor))
    return parts


def _course(pen: Pen, course: Course, across: Scale, up: Scale) -> list[str]:
    bounded = [
        (across(p.x), up(p.low), up(p.high))
        for p in course.points
        if p.low is not None and p.high is not None
    ]
    parts = []
    if course.is_band and len(bounded) > 1:
        edge = [(x, low) for x, low, _high in bounded]
        edge += [(x, high) for x, _low, high in reversed(bounded)]
        parts.append(pen.area(edge, tone=course.tone))
    elif not course.is_band:
        parts += [pen.line("range", x, low, x, high) for x, low, high in bounded]
    places = [(across(p.x), up(p.y)) for p in course.points]
    if len(places) > 1:
        parts.append(pen.path(places, tone=course.tone))
    if not course.is_band and len(places) <= FEW:
        parts += [pen.dot(x, y, radius=3, tone=course.tone) for x, y in places]
    return parts


def spans_plot(
    spans: Sequence[Span],
    *,
    title: str,
    description: str,
    look: Look,
    x_range: tuple[float, float],
    bands: Sequence[Band] = (),
    guide: float | None = None,
) -> str:
    """Named values one below the other, each with its interval, before the bands of a reading."""
    look, across = _rows(look, len(spans), x_range)
    pen, bottom = Pen(look), look.inner_bottom
    middles = [look.top + ROW * place + MIDDLE for place in range(len(spans))]
    parts = []
    for place, band in enumerate(bands):
        left, right = across(max(band.low, x_range[0])), across(min(band.high, x_range[1]))
        high = BAND / 2
        parts += [pen.bar(left, y - high, right - left, BAND, tone=20 + place) for y in middles]
        most = int((right - left) / A_CHARACTER)
        if most >= 4:
            middle = (left + right) / 2
            parts.append(pen.text(middle, look.top - 5, shortened(band.name, most), "middle"))
    parts += _ruler(pen, look, across, x_range)
    if guide is not None:
        parts.append(pen.line("guide", across(guide), look.top, across(guide), bottom))
    for span, y in zip(spans, middles, strict=True):
        parts.append(_name(pen, look, span.name, y))
        if span.value is None:
            continue
        if span.low is not None and span.high is not None:
            parts.append(pen.line("range", across(span.low), y, across(span.high), y))
        parts.append(pen.dot(across(span.value), y, radius=4, tone=span.tone))
    return pen.picture(title, description, parts)


def stacks_plot(
    stacks: Sequence[Stack], *, title: str, description: str, look: Look, most: float
) -> str:
    """Bars one below the other; each part has its tone, in order. `most` fills the width."""
    look, across = _rows(look, len(stacks), (0.0, most))
    pen = Pen(look)
    parts = _ruler(pen, look, across, (0.0, most))
    for place, stack in enumerate(stacks):
        y, so_far = look.top + ROW * place + MIDDLE, 0.0
        parts.append(_name(pen, look, stack.name, y))
        for tone, part in enumerate(stack.parts, start=1):
            left, right = across(so_far), across(so_far + part)
            parts.append(pen.bar(left, y - HIGH / 2, right - left, HIGH, tone=tone))
            so_far += part
    return pen.picture(title, description, parts)


def _rows(look: Look, n: int, x_range: tuple[float, float]) -> tuple[Look, Scale]:
    """The look of so many rows, and their axis."""
    top = look.top + 14
    height = top + ROW * n + look.bottom
    look = replace(look, width=WIDE, left=look.right, top=top, height=height, is_narrow=True)
    return look, scale(*x_range, look.left, look.inner_right)


def _name(pen: Pen, look: Look, name: str, y: float) -> str:
    most = int((look.inner_right - look.left) / A_CHARACTER)
    return pen.text(look.left, y - MIDDLE + NAME, shortened(name, most), "start")


def _ruler(pen: Pen, look: Look, across: Scale, x_range: tuple[float, float]) -> list[str]:
    parts = []
    for tick in ticks(*x_range, most=4):
        x = across(tick)
        parts.append(pen.line("grid", x, look.top, x, look.inner_bottom))
        parts.append(pen.text(x, look.inner_bottom + 16, look.number(tick), "middle"))
    return parts
