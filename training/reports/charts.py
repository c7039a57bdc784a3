"""Curves of a run as pictures, with a table behind each of them."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from alignment_core.reporting.drawing import Look, number
from alignment_core.reporting.svg import Line, lines_plot
from training.reports.curves import Curve

MOST_TABLE_ROWS = 12
DIGITS = 6  # significant, of what a page draws from

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
class Name:
    """One curve in the key of a picture, with its last value."""

    name: str | Promise
    tone: int  # which of the stylesheet's line colours and dashes
    last: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    key: str  # of its first curve, after its phase
    title: str | Promise
    svg: SafeString
    names: tuple[Name, ...]
    lines: tuple[Points, ...]  # of the names
    rows: tuple[tuple[int, tuple[str, ...]], ...]  # step, and a value for each curve

    @property
    def data_text(self) -> str:
        """The curves as a script draws them."""
        return json.dumps(
            [
                {
                    "tone": name.tone,
                    "name": str(name.name),
                    "x": [step for step, _value in points],
                    "y": [rounded(value) for _step, value in points],
                }
                for name, points in zip(self.names, self.lines, strict=True)
            ],
            ensure_ascii=False,
        )


def rounded(value: float) -> float:
    """As exact as any picture shows it."""
    return float(f"{value:.{DIGITS}g}")


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
    _one(_("Spread of rewards within a prompt"), "group_reward_std"),
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
    drawn = [chart_of(spec, points) for spec in SPECS]
    return [chart for chart in drawn if chart is not None]


def chart_of(spec: ChartSpec, known: Mapping[tuple[str, str], Points]) -> Chart | None:
    """One picture of what is known by key and phase; None where nothing is."""
    found = [
        (tone, trace.name, points)
        for tone, trace in enumerate(spec.traces, start=1)
        if (points := known.get((trace.key, trace.phase)))
    ]
    if not found:
        return None
    names = tuple(
        Name(name=name, tone=tone, last=short_number(points[-1][1])) for tone, name, points in found
    )
    svg = lines_plot(
        [Line(points=points, tone=tone) for tone, _name, points in found],
        title=str(spec.title),
        description=", ".join(f"{name.name} {name.last}" for name in names),
        look=LOOK,
    )
    return Chart(
        key=f"{spec.traces[0].phase}/{spec.traces[0].key}",
        title=spec.title,
        svg=mark_safe(svg),  # noqa: S308  # the drawer escapes every word that it is given
        names=names,
        lines=tuple(points for _tone, _name, points in found),
        rows=_table([points for _tone, _name, points in found]),
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


def short_number(value: float) -> str:
    """Three or four significant digits, such as 0.693, −12.4 or 5e-06."""
    text = number(value)
    return text.replace("-", "\u2212", 1) if text.startswith("-") else text


LOOK = Look(
    prefix="chart__",
    width=400,
    height=210,
    left=52,
    right=10,
    top=10,
    bottom=26,
    is_boxed=False,
    number=short_number,
)
