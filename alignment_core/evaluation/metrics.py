"""Means over a step, weighted by what they are means of, and shares with intervals."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import ndtri, stdtrit
from torch import Tensor

from alignment_core.agreement import wilson_interval
from alignment_core.processes.ranks import gather_over_ranks

LEVEL = 0.95
TIE_TOLERANCE = 1e-4  # nats; differences below it are the noise of padding, not a preference
N_RESAMPLES = 1000


class Totals:
    """Sums and weights by name, so that a mean over micro-batches is a mean over the step."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._weights: dict[str, float] = {}
        self._lowest: dict[str, float] = {}
        self._highest: dict[str, float] = {}
        self._latest: dict[str, float] = {}

    def add(self, name: str, total: Tensor | float, weight: float) -> None:
        """Add a sum over `weight` units (pairs or tokens)."""
        self._sums[name] = self._sums.get(name, 0.0) + float(total)
        self._weights[name] = self._weights.get(name, 0.0) + weight

    def add_each(self, name: str, values: Tensor) -> None:
        """Add values that each count as one unit."""
        self.add(name, values.detach().double().sum(), values.numel())

    def keep_lowest(self, name: str, values: Tensor) -> None:
        """Keep the lowest value seen."""
        self._lowest[name] = min(self._lowest.get(name, math.inf), float(values.min()))

    def keep_highest(self, name: str, values: Tensor) -> None:
        """Keep the highest value seen."""
        self._highest[name] = max(self._highest.get(name, -math.inf), float(values.max()))

    def keep_latest(self, name: str, value: float) -> None:
        """Keep what holds now, such as a coefficient that is steered: no mean is taken of it."""
        self._latest[name] = value

    def over_ranks(self) -> Totals:
        """The totals of all processes together; every process must call it."""
        return Totals.joined(gather_over_ranks(self))

    @staticmethod
    def joined(parts: Iterable[Totals]) -> Totals:
        """Several totals together, added in their order."""
        joint = Totals()
        for part in parts:
            for name, total in part._sums.items():
                joint.add(name, total, part._weights[name])
            for name, value in part._lowest.items():
                joint._lowest[name] = min(joint._lowest.get(name, value), value)
            for name, value in part._highest.items():
                joint._highest[name] = max(joint._highest.get(name, value), value)
            joint._latest |= part._latest
        return joint

    def to_json(self) -> dict[str, dict[str, float]]:
        """Sums, weights, extremes and what holds now, as plain values for a file."""
        return {
            "sums": self._sums,
            "weights": self._weights,
            "lowest": self._lowest,
            "highest": self._highest,
            "latest": self._latest,
        }

    @staticmethod
    def from_json(body: Mapping[str, Mapping[str, float]]) -> Totals:
        """What `to_json` gave."""
        totals = Totals()
        totals._sums, totals._weights = dict(body["sums"]), dict(body["weights"])
        totals._lowest, totals._highest = dict(body["lowest"]), dict(body["highest"])
        totals._latest = dict(body["latest"])
        return totals

    def means(self) -> dict[str, float]:
        """Every mean and extreme, and what holds now; a name without weight is left out."""
        means = {
            name: total / self._weights[name]
            for name, total in self._sums.items()
            if self._weights[name] > 0
        }
        return means | self._lowest | self._highest | self._latest


def wins(margins: Tensor) -> Tensor:
    """1 where chosen is ahead, 0 where it is behind, ½ for a tie, which is not wrong."""
    ahead = (margins > TIE_TOLERANCE).double()
    tied = (margins.abs() <= TIE_TOLERANCE).double()
    return ahead + 0.5 * tied


def share_with_interval(
    values: Sequence[float], prompts: Sequence[Hashable] | None = None
) -> dict[str, Any]:
    """Mean of values in {0, ½, 1} with Wilson's interval.

    Args:
        prompts: of each value. Where some have several values, which are alike, the interval is
            that of as many independent ones as carry the same knowledge.
    Returns: value, low, high, n, level, method; or {"undefined": "because …"} without values.
    Source: Wilson 1927; of values that are alike: Korn & Graubard 1998, Survey Methodology 24.
    """
    n = len(values)
    if n == 0:
        return undefined("there is no held-out pair with a preference")
    share = sum(values) / n
    if prompts is None or len(set(prompts)) == n:
        low, high = wilson_interval(sum(values), n, level=LEVEL)
        return _with_interval(share, low, high, n, "wilson")
    effective = independent_count(values, prompts)
    low, high = wilson_interval(share * effective, effective, level=LEVEL)
    return _with_interval(share, low, high, n, "wilson over prompts")


def independent_count(values: Sequence[float], clusters: Sequence[Hashable]) -> float:
    """How many independent values in [0, 1] would tell as much about their mean.

    Their number times p (1 - p) / n over the cluster-robust variance of the mean, and fewer again
    where there are few clusters (Student's t). Where all values are equal each cluster counts once.

    Returns: from 1 to the number of values.
    Source: Korn & Graubard 1998, Survey Methodology 24.
    """
    each = np.asarray(values, dtype=float)
    numbers = {name: number for number, name in enumerate(dict.fromkeys(clusters))}
    place = np.array([numbers[name] for name in clusters])
    n, n_clusters, share = len(each), len(numbers), float(each.mean())
    if n_clusters == 1:
        return 1.0
    sums = np.bincount(place, each - share)
    variance = float(sums @ sums) / n**2 * n_clusters / (n_clusters - 1)
    if share in (0.0, 1.0):
        effective = float(n_clusters)
    else:
        effective = min(n, share * (1 - share) / variance) if variance > 0 else float(n)
    tail = (1 + LEVEL) / 2
    return max(1.0, effective * float(ndtri(tail) / stdtrit(n_clusters - 1, tail)) ** 2)


def ratio_with_interval(
    numerators: Sequence[float], denominators: Sequence[float], *, seed: int = 0
) -> dict[str, Any]:
    """Σ numerators / Σ denominators with a percentile interval from resampling the units.

    Args:
        numerators, denominators: one of each for every independent unit, such as a comparison.
    """
    above, below = np.asarray(numerators, dtype=float), np.asarray(denominators, dtype=float)
    generator = np.random.default_rng(seed)
    resampled = np.empty(N_RESAMPLES)
    for number in range(N_RESAMPLES):  # one at a time: all at once is a thousand times the data
        drawn = generator.integers(0, len(above), size=len(above))
        resampled[number] = above[drawn].sum() / below[drawn].sum()
    low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    value = float(above.sum() / below.sum())
    return _with_interval(value, float(low), float(high), len(above), "bootstrap over comparisons")


def undefined(reason: str) -> dict[str, Any]:
    """A figure that cannot be computed says why, instead of being 0, 1 or NaN."""
    return {"undefined": f"because {reason}"}


def _with_interval(value: float, low: float, high: float, n: int, method: str) -> dict[str, Any]:
    return {
        "value": value,
        "low": low,
        "high": high,
        "n": n,
        "level": LEVEL,
        "method": method,
    }
