"""What a run logged in one phase: all of it, and of a long run a part of each stretch of steps.

Of each stretch a figure's lowest and highest value stay, at their steps, so that no spike is lost;
and its mean, which is what smoothing goes by.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from training.models import MetricStretch, Run, RunMetric

MOST_READ_WHOLE = 8_000  # logged steps
WIDTH = MetricStretch.WIDTH

Row = tuple[int, datetime, Mapping[str, Any]]  # step, when, values


@dataclass(frozen=True, kw_only=True)
class Logged:
    """`first` and `last` are single rows, before and after the stretches."""

    first: Sequence[Row]
    stretches: Sequence[MetricStretch] = ()
    last: Sequence[Row] = ()

    def figures(self) -> list[str]:
        """Those that have a number anywhere, as they come."""
        found = dict.fromkeys(
            key
            for rows in (self.first, self.last)
            for _step, _when, values in rows
            for key, value in values.items()
            if is_number(value)
        )
        for stretch in self.stretches:
            found |= dict.fromkeys(stretch.figures)
        return list(found)

    def extremes(self, key: str) -> Iterator[tuple[int, datetime, float]]:
        """Step, when, and the value; of a stretch its lowest and its highest, as they came."""
        yield from _single(self.first, key)
        for stretch in self.stretches:
            figure = stretch.figures.get(key)
            if figure is None:
                continue
            _n, _mean, low_step, low, high_step, high = figure
            for step, value in sorted({(low_step, low), (high_step, high)}):
                yield step, _when(stretch, step), value
        yield from _single(self.last, key)

    def means(self, key: str) -> Iterator[tuple[int, datetime, float, int]]:
        """Step, when, the mean, and of how many values; a stretch stands at its end."""
        yield from ((*one, 1) for one in _single(self.first, key))
        for stretch in self.stretches:
            if figure := stretch.figures.get(key):
                n, mean = figure[:2]
                yield stretch.last_step, stretch.last_at, mean, n
        yield from ((*one, 1) for one in _single(self.last, key))


def logged_in(run: Run, phase: str) -> Logged:
    """Of a run from before stretches were kept, and of a short one, every step."""
    rows = RunMetric.objects.filter(run=run, phase=phase).order_by("step")
    found = rows.values_list("step", "logged_at", "values")
    kept = MetricStretch.objects.filter(run=run, phase=phase)
    numbers = list(kept.order_by("number").values_list("number", "n_logged"))
    if sum(n_logged for _number, n_logged in numbers) <= MOST_READ_WHOLE:
        return Logged(first=list(found))
    begin, end = WIDTH, (numbers[-1][0] + 1) * WIDTH
    return Logged(
        first=list(found.filter(step__lt=begin)),
        stretches=list(kept.filter(number__gte=1).order_by("number")),
        last=list(found.filter(step__gte=end)),
    )


def is_number(value: Any) -> bool:
    return type(value) is float or type(value) is int  # and no truth


def _single(rows: Sequence[Row], key: str) -> Iterator[tuple[int, datetime, float]]:
    for step, when, values in rows:
        if is_number(value := values.get(key)):
            yield step, when, float(value)  # type: ignore[arg-type]  # a number, as was asked


def _when(stretch: MetricStretch, step: int) -> datetime:
    """As if its steps had taken equally long."""
    n_steps = stretch.last_step - stretch.first_step
    share = (step - stretch.first_step) / n_steps if n_steps else 0.0
    return stretch.first_at + share * (stretch.last_at - stretch.first_at)
