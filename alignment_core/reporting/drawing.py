"""What plots are drawn with: scales, ticks, numbers, and a pen that writes SVG.

Colours come from the page's stylesheet by class, so they follow light and dark and need no inline
style. Words come from the caller, in the language of its reader, and are escaped here.
"""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import accumulate

N_TICKS = 5
SLACK = 1e-9  # steps by which a division may miss a whole number

Scale = Callable[[float], float]


def number(value: float) -> str:
    """Three significant digits, without an exponent where that can be read."""
    text = f"{value:.3g}"
    return f"{value:.0f}" if "e+" in text and abs(value) < 1e7 else text


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """How a page wants its pictures; lengths are in the picture's own units.

    `prefix` stands before the classes that its stylesheet colours: grid, axis, tick, guide, range,
    beside, and, with their tone as in `line--2`, line, dot, area and bar.
    """

    prefix: str = ""
    width: int = 560
    height: int = 300
    left: int = 64  # of the words at the axes, as the other three
    right: int = 16
    top: int = 14
    bottom: int = 46
    is_boxed: bool = True  # with both axes, and grid lines upwards too
    is_narrow: bool = False  # so that all of it can be read on a phone
    number: Callable[[float], str] = number

    @property
    def inner_right(self) -> int:
        return self.width - self.right

    @property
    def inner_bottom(self) -> int:
        return self.height - self.bottom


REPORT = Look()


def span_text(label: str, low: float, high: float) -> str:
    """The range of an axis in words."""
    return f"{label}: {number(low)} – {number(high)}"


def ticks(
    low: float,
    high: float,
    *,
    most: int = N_TICKS,
    is_whole: bool = False,
    is_covering: bool = False,
) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten) in a range, about as many as `most`.

    Args:
        is_whole: no fractions between them.
        is_covering: the first and the last lie at or beyond the ends, instead of within.
    """
    if high <= low:
        return [low]
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)
    step = max(1.0, step) if is_whole else step
    if is_covering:
        first, last = math.floor(low / step + SLACK), math.ceil(high / step - SLACK)
    else:
        first, last = math.ceil(low / step - SLACK), math.floor(high / step + SLACK)
    return [round(place * step, 12) for place in range(first, last + 1)]


def log_ticks(low: float, high: float, *, most: int = N_TICKS) -> list[float]:
    """Round numbers for a logarithmic axis: powers of ten; where those are few, 1, 2 and 5 times
    them; within less than that, as on an even axis.

    Args:
        low, high: above 0.
    """
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1.0,), (1.0, 2.0, 5.0)):
        found = [factor * 10.0**power for power in exponents for factor in factors]
        inside = [tick for tick in found if low * (1 - SLACK) <= tick <= high * (1 + SLACK)]
        if len(inside) >= 3:
            return inside[:: -(-len(inside) // (2 * most))]
    return ticks(low, high, most=most)


def shortened(text: str, longest: int) -> str:
    """A text cut to fit, with a sign that it was; characters of double width count as two."""
    ends = list(accumulate(1 + (unicodedata.east_asian_width(c) in "WF") for c in text))
    if not ends or ends[-1] <= longest:
        return text
    return text[: bisect_right(ends, longest - 1)] + "…"


def padded(values: Sequence[float], *, is_log: bool = False) -> tuple[float, float]:
    """A range with some room round the values."""
    low, high = min(values), max(values)
    if is_log:
        return low, max(high, 2 * low)
    margin = 0.06 * (high - low) or 0.5 * abs(high) or 0.5
    return low - margin, high + margin


def scale(low: float, high: float, start: float, end: float, *, is_log: bool = False) -> Scale:
    """From values to places, no further than the ends."""
    if is_log:
        linear = scale(math.log2(low), math.log2(high), start, end)
        return lambda value: linear(math.log2(value))
    span = (high - low) or 1.0
    return lambda value: start + (min(max(value, low), high) - low) / span * (end - start)


class Pen:
    """Elements of one picture, with the classes that its page knows."""

    def __init__(self, look: Look) -> None:
        self._look = look

    def axes(
        self, across: Scale, up: Scale, x_ticks: Sequence[float], y_ticks: Sequence[float]
    ) -> str:
        look = self._look
        left, right, top, bottom = look.left, look.inner_right, look.top, look.inner_bottom
        parts = []
        for tick in y_ticks:
            parts.append(self.line("grid", left, up(tick), right, up(tick)))
            parts.append(self.text(left - 8, up(tick) + 4, look.number(tick), "end"))
        for tick in x_ticks:
            if look.is_boxed:
                parts.append(self.line("grid", across(tick), top, across(tick), bottom))
            parts.append(self.text(across(tick), bottom + 16, look.number(tick), "middle"))
        if look.is_boxed:
            parts.append(self.line("axis", left, bottom, right, bottom))
            parts.append(self.line("axis", left, top, left, bottom))
        return "".join(parts)

    def labels(self, x_label: str, y_label: str) -> str:
        look = self._look
        middle = (look.top + look.inner_bottom) / 2
        turned = f' transform="rotate(-90 14 {middle:.1f})"'
        below = ((look.left + look.inner_right) / 2, look.height - 8, x_label, "middle")
        beside = self.text(14, middle, y_label, "middle", turned) if y_label else ""
        return self.text(*below) + beside

    def line(self, kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
        ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
        return f'<line class="{self._classes(kind)}" {ends}/>'

    def path(self, places: Sequence[tuple[float, float]], *, tone: int = 1) -> str:
        route = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        return f'<path class="{self._classes("line", tone)}" d="M{route}"/>'

    def dot(self, x: float, y: float, *, radius: int, tone: int = 1) -> str:
        place = f'cx="{x:.1f}" cy="{y:.1f}" r="{radius}"'
        return f'<circle class="{self._classes("dot", tone)}" {place}/>'

    def area(self, places: Sequence[tuple[float, float]], *, tone: int = 1) -> str:
        """A closed shape, such as a band round a line."""
        route = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        return f'<path class="{self._classes("area", tone)}" d="M{route}Z"/>'

    def bar(self, x: float, y: float, width: float, height: float, *, tone: int = 1) -> str:
        place = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}"'
        return f'<rect class="{self._classes("bar", tone)}" {place}/>'

    def text(self, x: float, y: float, text: str, anchor: str, extra: str = "") -> str:
        place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
        return f'<text class="{self._classes("tick")}" {place}{extra}>{escape(text)}</text>'

    def picture(self, title: str, description: str, parts: Sequence[str]) -> str:
        name = escape(title, quote=True)
        size = f'viewBox="0 0 {self._look.width} {self._look.height}"'
        classes = self._classes("picture")
        classes += f" {classes}--narrow" if self._look.is_narrow else ""
        return (
            f'<svg class="{classes}" {size} role="img" aria-label="{name}">'
            f"<title>{name}</title><desc>{escape(description)}</desc>{''.join(parts)}</svg>"
        )

    def _classes(self, kind: str, tone: int = 1) -> str:
        name = self._look.prefix + kind
        return name if tone == 1 else f"{name} {name}--{tone}"
