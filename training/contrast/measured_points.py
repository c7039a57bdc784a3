"""What a run logged, placed by step, by tokens learnt from or by minutes, and smoothed."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from training.models import Run
from training.reports.curves import thinned
from training.reports.logged import Logged, logged_in

PHASES = ("train", "eval")
ACROSS = ("step", "tokens", "minutes")

Points = list[tuple[float, float]]
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


class MeasuredPoints(Mapping[Figure, Points]):
    """Every figure of the whole run over what is across, thinned so that no peak is lost.

    Each is made when it is asked for: of a long run a few are drawn. A run that counted no tokens
    has no points by tokens. Minutes are of the clock on the wall, from its first logged line on,
    with every pause. Every value is smoothed before any is left out, of a long run every stretch.
    """

    def __init__(self, run: Run, view: CurveView) -> None:
        self._view = view
        self._logged = {phase: logged_in(run, phase) for phase in PHASES}
        self._place = _places(self._logged, view.across)
        self._figures = [
            (phase, key)
            for phase, logged in self._logged.items()
            for key in logged.figures()
            if self._place is not None
        ]

    def __getitem__(self, figure: Figure) -> Points:
        if figure not in self._figures or self._place is None:
            raise KeyError(figure)
        phase, key = figure
        logged, place = self._logged[phase], self._place
        if not self._view.smoothing:
            return thinned([(place(step, when), v) for step, when, v in logged.extremes(key)])
        means = list(logged.means(key))
        points = [(place(step, when), mean) for step, when, mean, _n in means]
        return thinned(smoothed(points, self._view.smoothing, [n for *_mean, n in means]))

    def __iter__(self) -> Iterator[Figure]:
        return iter(self._figures)

    def __len__(self) -> int:
        return len(self._figures)


def smoothed(
    points: Sequence[tuple[float, float]], weight: float, counts: Sequence[int] = ()
) -> Points:
    """An exponential moving average over the points, without a pull towards 0 at the start.

    Args:
        weight: of what came before, in [0, 1); 0 leaves every value as it is.
        counts: of how many values each point is the mean; 1 where it is not given.
    Returns: at each point, the sum of weight^k times the value k values back, over that of the
        weights alone: of 1, 2, 3 at weight .5 they are 1, 5/3 and 17/7. Values that a point is the
        mean of count as if all of them were equal.
    """
    if not weight:
        return list(points)
    drawn: Points = []
    total = share = 0.0
    for (place, value), n in zip(points, counts or [1] * len(points), strict=True):
        kept = weight**n
        new = (1 - kept) / (1 - weight)
        total = kept * total + new * value
        share = kept * share + new
        drawn.append((place, total / share))
    return drawn


def tokens_at(counted: Sequence[tuple[int, float]]) -> Callable[[int], float] | None:
    """Tokens learnt from up to a step, as the line at or before it counted them; None if none did.

    Args: counted: steps of training in their order, each with its count.
    """
    if not counted:
        return None
    steps = [step for step, _tokens in counted]

    def at(step: int) -> float:
        place = bisect_right(steps, step) - 1
        return counted[place][1] if place >= 0 else 0.0

    return at


def _places(logged: Mapping[str, Logged], across: str) -> Callable[[int, datetime], float] | None:
    """Where a logged line stands; None where nothing does."""
    if across == "tokens":
        counted = logged["train"].extremes("num_tokens")
        at = tokens_at([(step, tokens) for step, _when, tokens in counted])
        return None if at is None else lambda step, _when: at(step)
    if across == "minutes":
        begun = [one.first[0][1] for one in logged.values() if one.first]
        first = min(begun, default=None)
        return None if first is None else lambda _step, when: (when - first).total_seconds() / 60
    return lambda step, _when: float(step)
