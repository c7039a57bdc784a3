"""When what is wanted will have been judged, from the pace of the last days.

A day's judgements are taken as draws with the mean and variance of the last days, each independent
of the others; so the total of d days to come has variance d·s² from the days themselves and d²·s²/k
from not knowing the mean, of k days. The bounds are those of Student's t with k − 1 degrees of
freedom. Days off that return every week are in the variance, not in the mean.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, fmean, variance

FEWEST_DAYS, MOST_DAYS = 5, 14  # that a pace is taken from
LEVEL = 0.8
HORIZON = 3650  # days; later is never


@dataclass(frozen=True)
class Forecast:
    """In days from now; `latest` is None where the pace may be too slow to end at all.

    mean, spread: of a day. n_days: they are from.
    """

    mean: float
    spread: float
    n_days: int
    soonest: float
    expected: float
    latest: float | None

    def total(self, days: float) -> tuple[float, float, float]:
        """Low end, mean and high end of what so many days bring."""
        half = student(LEVEL, self.n_days - 1) * self.spread * sqrt(days + days**2 / self.n_days)
        return max(0.0, self.mean * days - half), self.mean * days, self.mean * days + half


def forecast(daily: Sequence[int], remaining: int) -> Forecast | None:
    """None where too few days are known, where nothing was judged in them, or nothing remains.

    Args: daily, judgements of each of the last whole days, those without any among them.
    """
    days = daily[-MOST_DAYS:]
    if len(days) < FEWEST_DAYS or not any(days) or remaining <= 0:
        return None
    mean, spread = fmean(days), sqrt(variance(days))
    found = Forecast(mean, spread, len(days), 0.0, remaining / mean, None)
    soonest = _first(lambda d: found.total(d)[2], remaining) or 0.0
    latest = _first(lambda d: found.total(d)[0], remaining)
    return Forecast(mean, spread, len(days), soonest, remaining / mean, latest)


def _first(total: Callable[[float], float], wanted: float) -> float | None:
    """The day on which a total, which grows once it is above 0, reaches what is wanted."""
    low, high = 0.0, float(HORIZON)
    if total(high) < wanted:
        return None
    while high - low > 0.01:
        middle = (low + high) / 2
        low, high = (low, middle) if total(middle) >= wanted else (middle, high)
    return high


def student(level: float, freedom: int) -> float:
    """Half the width of an interval in standard errors (Cornish and Fisher's expansion; from 4
    degrees of freedom it misses the quantile by less than 0.5 % at 80 %).
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    first = (z**3 + z) / (4 * freedom)
    second = (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
    return z + first + second
