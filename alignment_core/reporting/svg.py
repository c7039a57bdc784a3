"""Plots as inline SVG. Colours come from the page's style, so they follow light and dark."""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import accumulate

WIDTH, HEIGHT = 560, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 14, 46
ROW = 24  # pixels for each row of a chart of intervals
LABEL = 190  # pixels for the names of its rows
N_TICKS = 5

Scale = Callable[[float], float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A mark with its interval, where it has one."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None


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
    x_low, x_high = x_range or _padded([p.x for p in points], is_log=x_is_log)
    y_low, y_high = y_range or _padded(ys)
    across = _scale(x_low, x_high, LEFT, WIDTH - RIGHT, is_log=x_is_log)
    up = _scale(y_low, y_high, HEIGHT - BOTTOM, TOP)
    x_ticks = sorted({p.x for p in points}) if x_is_log else ticks(x_low, x_high)
    parts = [_axes(across, up, x_ticks, ticks(y_low, y_high), x_label, y_label)]
    if guide is not None:
        (x1, y1), (x2, y2) = guide
        parts.append(_line("guide", across(x1), up(y1), across(x2), up(y2)))
    if is_joined:
        path = " ".join(f"{across(p.x):.1f},{up(p.y):.1f}" for p in points)
        parts.append(f'<polyline class="path" points="{path}"/>')
    for point in points:
        if point.low is not None and point.high is not None:
            x = across(point.x)
            parts.append(_line("range", x, up(point.low), x, up(point.high)))
        radius = 2 if len(points) > 60 else 4
        parts.append(
            f'<circle class="mark" cx="{across(point.x):.1f}" cy="{up(point.y):.1f}" r="{radius}"/>'
        )
    return _picture(title, WIDTH, HEIGHT, parts)


def rows_plot(
    rows: Sequence[Row],
    *,
    title: str,
    x_label: str,
    x_range: tuple[float, float] = (0.0, 1.0),
    guide: float | None = None,
) -> str:
    """Named values one below the other, each with its interval; `beside` is drawn as a bar."""
    height = TOP + ROW * len(rows) + BOTTOM
    across = _scale(*x_range, LABEL, WIDTH - RIGHT)
    bottom = height - BOTTOM
    parts = [_line("axis", LABEL, bottom, WIDTH - RIGHT, bottom)]
    for tick in ticks(*x_range):
        x = across(tick)
        parts.append(_line("grid", x, TOP, x, bottom))
        parts.append(_text(x, bottom + 16, number(tick), "middle"))
    parts.append(_text((LABEL + WIDTH - RIGHT) / 2, height - 8, x_label, "middle"))
    if guide is not None:
        parts.append(_line("guide", across(guide), TOP, across(guide), bottom))
    for place, row in enumerate(rows):
        y = TOP + ROW * (place + 0.5)
        parts.append(_text(LABEL - 8, y + 4, shortened(row.name, 26), "end"))
        if row.low is not None and row.high is not None:
            parts.append(_line("range", across(row.low), y, across(row.high), y))
        if row.beside is not None:
            x = across(row.beside)
            parts.append(_line("beside", x, y - 8, x, y + 8))
        parts.append(f'<circle class="mark" cx="{across(row.value):.1f}" cy="{y:.1f}" r="4"/>')
    return _picture(title, WIDTH, height, parts)


def ticks(low: float, high: float) -> list[float]:
    """Round numbers that cover a range, at most about five."""
    raw = (high - low) / N_TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(place * step, 12) for place in range(first, last + 1)]


def number(value: float) -> str:
    """Three significant digits, without an exponent where that can be read."""
    text = f"{value:.3g}"
    return f"{value:.0f}" if "e+" in text and abs(value) < 1e7 else text


def shortened(text: str, longest: int) -> str:
    """A text cut to fit, with a sign that it was; characters of double width count as two."""
    ends = list(accumulate(1 + (unicodedata.east_asian_width(c) in "WF") for c in text))
    if not ends or ends[-1] <= longest:
        return text
    return text[: bisect_right(ends, longest - 1)] + "…"


def _padded(values: Sequence[float], *, is_log: bool = False) -> tuple[float, float]:
    low, high = min(values), max(values)
    if is_log:
        return low, max(high, 2 * low)
    margin = 0.06 * (high - low) or 0.5 * abs(high) or 0.5
    return low - margin, high + margin


def _scale(low: float, high: float, start: float, end: float, *, is_log: bool = False) -> Scale:
    if is_log:
        linear = _scale(math.log2(low), math.log2(high), start, end)
        return lambda value: linear(math.log2(value))
    return lambda value: start + (min(max(value, low), high) - low) / (high - low) * (end - start)


def _axes(
    across: Scale,
    up: Scale,
    x_ticks: Sequence[float],
    y_ticks: Sequence[float],
    x_label: str,
    y_label: str,
) -> str:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = []
    for tick in y_ticks:
        parts.append(_line("grid", LEFT, up(tick), right, up(tick)))
        parts.append(_text(LEFT - 8, up(tick) + 4, number(tick), "end"))
    for tick in x_ticks:
        parts.append(_line("grid", across(tick), TOP, across(tick), bottom))
        parts.append(_text(across(tick), bottom + 16, number(tick), "middle"))
    parts.append(_line("axis", LEFT, bottom, right, bottom))
    parts.append(_line("axis", LEFT, TOP, LEFT, bottom))
    parts.append(_text((LEFT + right) / 2, HEIGHT - 8, x_label, "middle"))
    middle = (TOP + bottom) / 2
    turned = f'transform="rotate(-90 14 {middle:.1f})"'
    parts.append(_text(14, middle, y_label, "middle", turned))
    return "".join(parts)


def _picture(title: str, width: int, height: int, parts: Sequence[str]) -> str:
    name = escape(title, quote=True)
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{name}">'
        f"<title>{name}</title>{''.join(parts)}</svg>"
    )


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line class="{kind}" {ends}/>'


def _text(x: float, y: float, text: str, anchor: str, extra: str = "") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f"<text {place} {extra}>{escape(text)}</text>"
