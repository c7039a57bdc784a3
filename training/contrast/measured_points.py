"""What a run logged, placed by step, by tokens learnt from or by minutes, and smoothed."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min

from training.models import Run
from training.reports.curves import by_figure, metrics_of, thinned

PHASES = ("train", "eval")
ACROSS = ("step", "tokens", "minutes")

Points = list[tuple[float, float]]
Row = tuple[int, datetime, dict[str, float | None]]  # step, when, values
Figure = tuple[str, str]  # phase and key


@dataclass(frozen=True, kw_only=True)
class CurveView:
    """How somebody looks at curves; a link to the page holds all of it."""

    across: str = "step"  # one of ACROSS
    smoothing: float = 0.0  # in [0, 1): the weight of what came before
    is_log: bool = False
    low: float | None = None  # of what is across
    high: float | None = None
    figures: tuple[Figure, ...] = ()  # empty: the usual ones

    def holds(self, place: float) -> bool:
        return (self.low is None or place >= self.low) and (self.high is None or place <= self.high)


def points_of(run: Run, view: CurveView) -> dict[Figure, Points]:
    """Every figure of the whole run over what is across, thinned so that no peak is lost.

    A run that counted no tokens has no points by tokens. Minutes are of the clock on the wall,
    from its first logged line on, with every pause. Every value is smoothed before any is left out.
    """
    points: dict[Figure, Points] = {}
    for phase in PHASES:
        rows = list(metrics_of(run, phase).values_list("step", "logged_at", "values"))
        placed = [
            (place, values)
            for place, (_step, _when, values) in zip(
                _places(run, view.across, rows), rows, strict=True
            )
            if place is not None
        ]
        for key, line in by_figure(placed).items():
            points[phase, key] = thinned(smoothed(line, view.smoothing))
    return points


def smoothed(points: Sequence[tuple[float, float]], weight: float) -> Points:
    """An exponential moving average over the points, without a pull towards 0 at the start.

    Args:
        weight: of what came before, in [0, 1); 0 leaves every value as it is.
    Returns: at each point, the sum of weight^k times the value k points back, over that of the
        weights alone: of 1, 2, 3 at weight .5 they are 1, 5/3 and 17/7.
    """
    if not weight:
        return list(points)
    drawn: Points = []
    total = share = 0.0
    for place, value in points:
        total = weight * total + value
        share = weight * share + 1
        drawn.append((place, total / share))
    return drawn


def tokens_at(run: Run) -> Callable[[int], float | None]:
    """Tokens learnt from up to a step, as the training line at or before it counted them."""
    counted = [
        (step, float(n_tokens))
        for step, n_tokens in run.metrics.filter(phase="train")
        .order_by("step")
        .values_list("step", "values__num_tokens")
        if n_tokens is not None
    ]
    steps = [step for step, _tokens in counted]

    def at(step: int) -> float | None:
        place = bisect_right(steps, step) - 1
        if not counted:
            return None
        return counted[place][1] if place >= 0 else 0.0

    return at


def _places(run: Run, across: str, rows: Sequence[Row]) -> list[float | None]:
    if across == "tokens":
        return [at(step) for at in [tokens_at(run)] for step, *_rest in rows]
    if across == "minutes":
        first = run.metrics.filter(phase__in=PHASES).aggregate(first=Min("logged_at"))["first"]
        return [(logged_at - first).total_seconds() / 60 for _step, logged_at, _values in rows]
    return [float(step) for step, *_rest in rows]
