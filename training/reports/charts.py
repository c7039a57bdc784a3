"""Curves of a run as plain shapes: a page draws them as SVG, with a table behind each picture."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from training.reports.curves import Curve

WIDTH, HEIGHT = 400, 210
LEFT, RIGHT, TOP, BOTTOM = 52, 10, 10, 26  # room for the words at the axes
N_TICKS = 4
MOST_TABLE_ROWS = 12

Points = Sequence[tuple[int, float]]


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One phase of one figure, under the name that it has in a picture."""

    key: str
    phase: str
    name: str | Promise


@dataclass(frozen=True, kw_only=True)
class ChartSpec:
    title: str | Promise
    traces: tuple[Trace, ...]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One curve: its path in the picture, its dots where they are few, and its last value."""

    name: str | Promise
    tone: int  # which of the stylesheet's line colours and dashes
    path: str
    dots: tuple[tuple[str, str], ...]
    last: str


@dataclass(frozen=True, kw_only=True)
class Tick:
    at: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    title: str | Promise
    lines: tuple[Line, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    names: tuple[str | Promise, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]  # step, and a value for each curve
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def _train_and_eval(title: str | Promise, key: str) -> ChartSpec:
    return ChartSpec(
        title=title,
        traces=(
            Trace(key=key, phase="train", name=_("training")),
            Trace(key=key, phase="eval", name=_("held out")),
        ),
    )


def _pair(title: str | Promise, chosen: str, rejected: str) -> ChartSpec:
    return ChartSpec(
        title=title,
        traces=(
            Trace(key=chosen, phase="train", name=_("chosen")),
            Trace(key=rejected, phase="train", name=_("rejected")),
        ),
    )


def _one(title: str | Promise, key: str) -> ChartSpec:
    return ChartSpec(title=title, traces=(Trace(key=key, phase="train", name=_("training")),))


SPECS = (
    _train_and_eval(_("Reward of its answers"), "reward"),
    _one(_("Spread of rewards within a prompt"), "reward_std"),
    _one(_("KL of its answers, in nats each"), "objective/kl"),
    _one(_("Entropy of a token"), "entropy"),
    _train_and_eval(_("Length of its answers, in tokens"), "completions/mean_length"),
    _train_and_eval(_("Share of answers cut off"), "completions/clipped_ratio"),
    _one(_("Share of prompts that teach nothing"), "frac_reward_zero_std"),
    ChartSpec(
        title=_("Share of tokens clipped"),
        traces=(
            Trace(key="clip_ratio/low_mean", phase="train", name=_("falling")),
            Trace(key="clip_ratio/high_mean", phase="train", name=_("rising")),
        ),
    ),
    _one(_("Share of tokens clipped"), "policy/clipfrac_avg"),
    _one(_("Loss of the values"), "loss/value_avg"),
    _one(_("KL coefficient"), "objective/kl_coef"),
    _train_and_eval(_("Loss"), "loss"),
    _train_and_eval(_("Preference accuracy"), "rewards/accuracies"),
    _train_and_eval(_("Preference accuracy"), "accuracy"),
    _train_and_eval(_("Reward margin"), "rewards/margins"),
    _train_and_eval(_("Reward margin"), "margin"),
    _pair(_("Rewards"), "rewards/chosen", "rewards/rejected"),
    _train_and_eval(_("Mean reward"), "mean_reward"),
    ChartSpec(
        title=_("KL from the reference, on its own samples"),
        traces=(
            Trace(key="kl/on_policy_k1", phase="eval", name="k1"),
            Trace(key="kl/on_policy_k3", phase="eval", name="k3"),
        ),
    ),
    _train_and_eval(_("Token accuracy"), "mean_token_accuracy"),
    _pair(_("Log-probability of completions"), "logps/chosen", "logps/rejected"),
    ChartSpec(
        title=_("Gradient norm"),
        traces=(Trace(key="grad_norm", phase="train", name=_("before clipping")),),
    ),
    ChartSpec(
        title=_("Learning rate"),
        traces=(Trace(key="learning_rate", phase="train", name=_("learning rate")),),
    ),
)


def charts_of(curves: Sequence[Curve]) -> list[Chart]:
    """The pictures for which there is anything to draw, in a fixed order."""
    points = {
        (curve.key, series.phase): series.points for curve in curves for series in curve.series
    }
    drawn = [_draw(spec, points) for spec in SPECS]
    return [chart for chart in drawn if chart is not None]


def _draw(spec: ChartSpec, known: Mapping[tuple[str, str], Points]) -> Chart | None:
    found = [
        (tone, trace.name, points)
        for tone, trace in enumerate(spec.traces, start=1)
        if (points := known.get((trace.key, trace.phase)))
    ]
    if not found:
        return None
    steps = [step for _tone, _name, points in found for step, _value in points]
    values = [value for _tone, _name, points in found for _step, value in points]
    x_ticks = nice_ticks(min(steps), max(steps), whole=True)
    y_ticks = nice_ticks(min(values), max(values))
    across = _Scale(min(steps), max(steps), LEFT, WIDTH - RIGHT)
    up = _Scale(min(*values, y_ticks[0]), max(*values, y_ticks[-1]), HEIGHT - BOTTOM, TOP)
    return Chart(
        title=spec.title,
        lines=tuple(_line(tone, name, points, across, up) for tone, name, points in found),
        x_ticks=tuple(Tick(at=across(tick), label=f"{tick:.0f}") for tick in x_ticks),
        y_ticks=tuple(Tick(at=up(tick), label=short_number(tick)) for tick in y_ticks),
        names=tuple(name for _tone, name, _points in found),
        rows=_table([points for _tone, _name, points in found]),
    )


class _Scale:
    """From a value to a place in the picture, as text that no locale touches."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self._low, self._span = low, (high - low) or 1.0
        self._start, self._length = start, end - start

    def __call__(self, value: float) -> str:
        return f"{self._start + (value - self._low) / self._span * self._length:.1f}"


def _line(tone: int, name: str | Promise, points: Points, across: _Scale, up: _Scale) -> Line:
    places = tuple((across(step), up(value)) for step, value in points)
    return Line(
        name=name,
        tone=tone,
        path="M" + "L".join(f"{x} {y}" for x, y in places),
        dots=places if len(places) <= MOST_TABLE_ROWS else (),
        last=short_number(points[-1][1]),
    )


def _table(series: Sequence[Points]) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """At most a dozen steps, evenly spread, the last among them."""
    by_step = [dict(points) for points in series]
    steps = sorted(set().union(*by_step))
    stride = math.ceil(len(steps) / MOST_TABLE_ROWS)
    shown = list(reversed(steps[::-1][::stride]))
    return tuple(
        (step, tuple(short_number(values[step]) if step in values else "–" for values in by_step))
        for step in shown
    )


def nice_ticks(low: float, high: float, *, whole: bool = False) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten) that span low to high."""
    if high <= low:
        return [low]
    rough = (high - low) / N_TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    if whole:
        step = max(1.0, step)
        first, last = math.ceil(low / step), math.floor(high / step)  # stay within the steps
    else:
        first, last = math.floor(low / step), math.ceil(high / step)
    return [round(index * step, 12) for index in range(first, last + 1)]


def short_number(value: float) -> str:
    """Three or four significant digits, such as 0.693, −12.4 or 5e-06."""
    text = f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return text.replace("-", "\u2212", 1) if text.startswith("-") else text
