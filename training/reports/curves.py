"""What a run measured over its steps, ready to be drawn."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TypeVar

import numpy as np
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from training.models import Run, RunMetric, RunState
from training.reports.logged import logged_in

MOST_POINTS = 500
Place = TypeVar("Place", bound=float)  # across: a step, or what else stands there
STEPS_TO_JUDGE_PACE = 30
FEWEST_FOR_ERROR = 5  # paces
TO_DEVIATION = 1.4826  # from the median distance to the median, where values are normal
# The figures that say most, first; the others follow by name.
LABELS: dict[str, str | Promise] = {
    "loss": _("Loss"),
    "reward": _("Reward of its answers"),
    "objective/kl": _("KL of its answers, in nats each"),
    "entropy": _("Entropy of a token"),
    "completions/mean_length": _("Length of its answers, in tokens"),
    "rewards/accuracies": _("Accuracy: chosen scores higher"),
    "rewards/margins": _("Margin: chosen less rejected"),
    "rewards/chosen": _("Reward of the chosen"),
    "rewards/rejected": _("Reward of the rejected"),
    "kl/on_policy_k3": _("KL from the reference (k3)"),
    "kl/on_policy_k1": _("KL from the reference (k1)"),
    "mean_token_accuracy": _("Accuracy of the next token"),
    "grad_norm": _("Length of the gradient"),
    "learning_rate": _("Learning rate"),
}


@dataclass(frozen=True, kw_only=True)
class Series:
    """One phase's values: `points` are (step, value) in the order of the steps."""

    phase: str  # "train" or "eval"
    points: list[tuple[int, float]]


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One figure over the steps, on training batches and on held-out pairs."""

    key: str
    label: str | Promise
    series: list[Series]


def curves_of(run: Run) -> list[Curve]:
    """Every figure of the whole run, each series thinned so that no peak and no dip is lost."""
    points: dict[str, dict[str, list[tuple[int, float]]]] = defaultdict(dict)
    for phase in ("train", "eval"):
        logged = logged_in(run, phase)
        for key in logged.figures():
            line = [(step, value) for step, _when, value in logged.extremes(key)]
            points[key][phase] = thinned(line)
    known = list(LABELS)
    order = sorted(points, key=lambda key: (known.index(key) if key in LABELS else len(known), key))
    return [
        Curve(
            key=key,
            label=LABELS.get(key, key),
            series=[Series(phase=phase, points=line) for phase, line in points[key].items()],
        )
        for key in order
    ]


def metrics_of(run: Run, phase: str) -> QuerySet[RunMetric]:
    return RunMetric.objects.filter(run=run, phase=phase).order_by("step")


def thinned(points: Sequence[tuple[Place, float]]) -> list[tuple[Place, float]]:
    """At most 500 points: of each stretch its lowest and its highest, and both ends of it all."""
    if len(points) <= MOST_POINTS:
        return list(points)
    values = np.array([value for _place, value in points[1:-1]])
    n_stretches = (MOST_POINTS - 2) // 2
    borders = [len(values) * number // n_stretches for number in range(n_stretches + 1)]
    kept: list[tuple[Place, float]] = [points[0]]
    for begin, end in pairwise(borders):
        stretch = values[begin:end]
        ends = {begin + int(stretch.argmin()), begin + int(stretch.argmax())}
        kept += [points[1 + place] for place in sorted(ends)]
    return [*kept, points[-1]]


def thinned_metrics(run: Run, phase: str) -> list[tuple[int, dict[str, float | None]]]:
    """Steps and values of a phase, at most 500 of them, with the first and the last."""
    rows = metrics_of(run, phase)
    ids = list(rows.values_list("pk", flat=True))
    every = -(-len(ids) // MOST_POINTS) or 1
    if every > 1:
        rows = rows.filter(pk__in={*ids[::every][: MOST_POINTS - 1], ids[-1]})
    return list(rows.values_list("step", "values"))


def samples_of_rollout(run: Run) -> tuple[int, int] | None:
    """How many answers of the rollout that is being sampled are there, and of how many."""
    if run.state != RunState.RUNNING or run.phase != "rollout":
        return None
    row = RunMetric.objects.filter(run=run, phase=run.phase, step=run.step).first()
    counts = [row.values.get(f"samples/{name}") for name in ("done", "total")] if row else []
    if not counts or None in counts:
        return None
    done, total = counts
    return int(done), int(total)


@dataclass(frozen=True, kw_only=True)
class Left:
    """How long the present phase will still take, and within which bounds that is likely."""

    seconds: float
    low: float | None  # None where too few steps are there to say how far off it may be
    high: float | None


def seconds_left(run: Run) -> float | None:
    left = time_left(run)
    return left.seconds if left else None


def time_left(run: Run) -> Left | None:
    """By its recent pace; None if that is unknown."""
    if run.state != RunState.RUNNING or not run.total_steps:
        return None
    recent = list(
        RunMetric.objects.filter(run=run, phase=run.phase)
        .order_by("-step")
        .values_list("step", "logged_at")[:STEPS_TO_JUDGE_PACE]
    )
    # The median passes over the gap where a run was interrupted.
    paces = [
        (later_at - earlier_at).total_seconds() / (later - earlier)
        for (later, later_at), (earlier, earlier_at) in pairwise(recent)
    ]
    if not paces:
        return None
    since_last = max(0.0, (timezone.now() - recent[0][1]).total_seconds())
    n_left = max(0, run.total_steps - run.step)
    seconds = max(0.0, n_left * median(paces) - since_last)
    error = _error_of(paces, n_left)
    return Left(
        seconds=seconds,
        low=None if error is None else max(0.0, seconds - error),
        high=None if error is None else seconds + error,
    )


def _error_of(paces: Sequence[float], n_left: int) -> float | None:
    """Of so many steps to come: that of each of them, and that of the pace that they share.

    Two deviations, of those that lie about the median: a gap widens nothing.
    """
    if len(paces) < FEWEST_FOR_ERROR:
        return None
    middle = median(paces)
    deviation = TO_DEVIATION * median(abs(pace - middle) for pace in paces)
    return 2 * deviation * math.sqrt(n_left + n_left**2 / len(paces))
