"""Stretches of logged steps, kept as a run goes on: for each figure the lowest and the highest."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import Max, QuerySet

from training.models import MetricStretch, Run, RunMetric

WIDTH = MetricStretch.WIDTH
MOST_AT_ONCE = 10_000  # logged steps, of a run from before stretches were kept
MADE = ("n_logged", "first_step", "last_step", "first_at", "last_at", "figures")

Row = tuple[int, datetime, Mapping[str, Any]]  # step, when, values


def keep_stretches(run: Run, steps: Mapping[str, set[int]]) -> None:
    """After a batch with these steps by phase: what is complete now, and what was logged anew.

    In the transaction that has stored the batch and holds the run.
    """
    kept = dict(
        MetricStretch.objects.filter(run=run, phase__in=list(steps))
        .values_list("phase")
        .annotate(last=Max("number"))
    )
    for phase, logged in steps.items():
        last = kept.get(phase, -1)
        numbers = {step // WIDTH for step in logged}
        rows = RunMetric.objects.filter(run=run, phase=phase).order_by("step")
        new = rows.filter(step__gte=(last + 1) * WIDTH, step__lt=max(numbers) * WIDTH)
        made = _stretches(run, phase, new[:MOST_AT_ONCE])
        if sum(one.n_logged for one in made) == MOST_AT_ONCE:
            made.pop()  # it may not be whole
        for number in sorted(number for number in numbers if number <= last):
            anew = rows.filter(step__gte=number * WIDTH, step__lt=(number + 1) * WIDTH)
            made += _stretches(run, phase, anew)
        if made:
            MetricStretch.objects.bulk_create(
                made,
                update_conflicts=True,
                unique_fields=["run", "phase", "number"],
                update_fields=list(MADE),
            )


def cut_back_stretches(run: Run, step: int | None) -> None:
    """Forget those that hold later steps, or will; all of them where it begins anew."""
    kept = MetricStretch.objects.filter(run=run)
    (kept if step is None else kept.filter(number__gte=(step + 1) // WIDTH)).delete()


def figures_of(rows: Iterable[Row]) -> dict[str, list[float]]:
    """Of each figure how many values there are, their mean, and where lowest and highest stand."""
    found: dict[str, list[tuple[float, int]]] = {}
    for step, _when, values in rows:
        for key, value in values.items():
            if type(value) is float or type(value) is int:  # and no truth
                found.setdefault(key, []).append((value, step))
    return {
        key: [
            len(values),
            sum(value for value, _step in values) / len(values),
            *reversed(min(values)),
            *reversed(max(values)),
        ]
        for key, values in found.items()
    }


def _stretches(run: Run, phase: str, rows: QuerySet[RunMetric]) -> list[MetricStretch]:
    found = rows.values_list("step", "logged_at", "values")
    return [
        _stretch(run, phase, number, list(part))
        for number, part in groupby(found, key=lambda row: row[0] // WIDTH)
    ]


def _stretch(run: Run, phase: str, number: int, rows: list[Row]) -> MetricStretch:
    (first_step, first_at, _), (last_step, last_at, _) = rows[0], rows[-1]
    return MetricStretch(
        run=run,
        phase=phase,
        number=number,
        n_logged=len(rows),
        first_step=first_step,
        last_step=last_step,
        first_at=first_at,
        last_at=last_at,
        figures=figures_of(rows),
    )
