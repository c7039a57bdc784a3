"""Intervals: the bias-corrected accelerated bootstrap over clusters, and Wilson's for shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, ndtr, ndtri, stdtrit

from alignment_core.agreement.figures.figure import (
    FEW_CLUSTERS,
    FEW_PROMPTS,
    FEWEST_PROMPTS,
    NO_VARIATION,
    ONE_CLUSTER,
    UNSTABLE,
)
from alignment_core.agreement.figures.setting_checks import check_level
from alignment_core.agreement.tables.table import FloatArray, IntArray

Statistic = Callable[[FloatArray], FloatArray]  # sums (..., n_sums) to values (...)

_FEWEST_CLUSTERS = 6
_MAX_UNDEFINED_SHARE = 0.05  # of resamples, before an interval over the rest would mislead
_BLOCK_ENTRIES = 1 << 22  # weights held at once, 32 MiB
_HALVINGS = 40  # of an interval from 0 to 1: to 1e-12
_TINY = 1e-300  # a shape of a beta distribution that is not 0
_DRAWS_PER_BINOMIAL = 16  # one binomial costs about as much as this many drawn indices


@dataclass(frozen=True)
class Interval:
    """low and high, or the reason why there are none (a key of INTERVAL_UNDEFINED_REASONS).

    caution: what to know of them, a key of CAUTIONS, or None. method: how they were made, one of
    METHODS, where whoever asked does not know.
    """

    low: float | None
    high: float | None
    undefined: str | None
    caution: str | None = None
    method: str | None = None


@dataclass(frozen=True, eq=False)
class Clusters:
    """What the bootstrap draws: distinct clusters' sums (n_distinct, n_sums), and frequencies."""

    sums: FloatArray
    frequencies: IntArray

    @property
    def total(self) -> FloatArray:
        return self.frequencies @ self.sums


def resample_sums(clusters: Clusters, *, n_resamples: int, rng: np.random.Generator) -> FloatArray:
    """Sums of `n_resamples` samples of clusters, drawn with replacement; (n_resamples, n_sums)."""
    draws = cluster_draws(clusters.frequencies, n_resamples, rng)
    return np.concatenate([block @ clusters.sums for block in draws])


def bca_interval(
    clusters: Clusters,
    resamples: FloatArray,
    statistic: Statistic,
    *,
    level: float,
    weights: FloatArray | None = None,
) -> Interval:
    """Bias-corrected accelerated bootstrap interval, acceleration by leaving out one cluster each.

    Resamples vary too little, and the normal distribution is too short, where clusters are few:
    the ends lie where Student's t does, times sqrt(n / (n - 1)), which is nothing for many.

    Args:
        clusters: the sample; its sums must determine the statistic.
        resamples: from `resample_sums`, shape (n_resamples, n_sums).
        level: in (0, 1), as 0.95.
        weights: of each distinct cluster in the statistic, where some count for more than others;
            those that weigh 0 do not count.
    Returns: an interval in the statistic's units, or the reason for none: fewer than six clusters
        that count, resamples that all give one value, or more than 5 % of them leaving the
        statistic undefined.
    Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, eq. 14.9, 14.10, 14.14 and
        14.15; in z0 a resample equal to the estimate counts half. Few clusters: Hesterberg 2015,
        The American Statistician 69 (the expanded percentile interval).
    """
    weights = np.ones(len(clusters.frequencies)) if weights is None else weights
    return bca_ends(
        float(statistic(clusters.total)),
        statistic(resamples),
        statistic(clusters.total - clusters.sums),
        clusters.frequencies,
        level=level,
        weights=weights,
    )


def bca_ends(
    value: float,
    resampled: FloatArray,
    left_out: FloatArray,
    frequencies: IntArray,
    *,
    level: float,
    weights: FloatArray,
) -> Interval:
    """`bca_interval` from values alone.

    Args: value: of the sample. resampled: of the resamples, (n_resamples,). left_out: without one
        of each distinct cluster; frequencies and weights: of those, (n_distinct,).
    """
    n_clusters = int(frequencies[weights > 0].sum())
    if (too_few := why_too_few(n_clusters)) is not None:
        return Interval(None, None, too_few)
    defined = resampled[np.isfinite(resampled)]
    if len(defined) < (1 - _MAX_UNDEFINED_SHARE) * len(resampled):
        return Interval(None, None, UNSTABLE)
    if np.ptp(defined) < 1e-12:
        return Interval(None, None, NO_VARIATION)
    tolerance = 1e-12 * max(1.0, abs(value))
    below = np.mean(defined < value - tolerance)
    equal = np.mean(np.abs(defined - value) <= tolerance)
    edge = 0.5 / len(defined)
    z0 = ndtri(np.clip(below + equal / 2, edge, 1 - edge))
    n = max(2.0, effective_number(frequencies, weights))
    reach = stdtrit(n - 1, (1 + level) / 2) * (n / (n - 1)) ** 0.5
    z = z0 + np.array([-reach, reach])
    # past its pole the formula would turn back: there the end is that of all resamples
    slope = np.maximum(1 - _acceleration(left_out, frequencies) * z, 1e-9)
    shares = ndtr(z0 + z / slope)
    low, high = np.quantile(defined, shares)
    return Interval(float(low), float(high), None, caution_of(n_clusters))


def why_too_few(n_clusters: int) -> str | None:
    """Why so many clusters have no interval by resampling or leaving out; None if they have.

    A mean of n lies beyond all of them once in 2ⁿ⁻¹ times, so that of five no resamples reach it
    as often as 95 % asks for, and what is left out of a few says little of how far they differ.
    """
    if n_clusters >= _FEWEST_CLUSTERS:
        return None
    return ONE_CLUSTER if n_clusters < 2 else FEW_CLUSTERS


def caution_of(n_clusters: int) -> str | None:
    """What to know of an interval that rests on so many prompts."""
    return FEW_PROMPTS if n_clusters < FEWEST_PROMPTS else None


def wilson_interval(n_successes: float, n: float, *, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval for a share of independent trials.

    Args: n_successes in [0, n], a tie counting one half; n trials, at least 1, maybe effective
        ones and no whole number; level in (0, 1).
    Returns: low, high in [0, 1].
    Raises: ValueError if an argument is out of range.
    Source: Wilson 1927, JASA 22; without continuity correction.
    """
    check_level(level)
    if n < 1 or not 0 <= n_successes <= n:
        raise ValueError(f"{n_successes=} of {n=} is no share")
    z2 = float(ndtri((1 + level) / 2)) ** 2
    centre = (n_successes + z2 / 2) / (n + z2)
    half = np.sqrt(z2 * (n_successes * (n - n_successes) / n + z2 / 4)) / (n + z2)
    # rounding must not lift the end off 0 or 1, where it lies exactly
    low = 0.0 if n_successes == 0 else float(centre - half)
    high = 1.0 if n_successes == n else float(centre + half)
    return low, high


def mid_p_interval(
    n_successes: npt.ArrayLike, n: npt.ArrayLike, *, level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Exact intervals for shares of independent trials, an equal outcome counting half (mid-P).

    Near 0 and 1, where Wilson's ends too soon, it holds the truth about as often as it says.

    Args: n_successes in [0, n]; n trials, at least 0, maybe effective ones and no whole numbers,
        both of one shape; level in (0, 1).
    Returns: low, high in [0, 1], of that shape; 0 and 1 where there are no trials.
    Raises: ValueError if an argument is out of range.
    Source: Lancaster 1961, JASA 56; Berry & Armitage 1995, The Statistician 44.
    """
    x, trials = np.asarray(n_successes, dtype=np.float64), np.asarray(n, dtype=np.float64)
    check_level(level)
    if not ((x >= 0) & (x <= trials)).all():
        raise ValueError(f"{n_successes=} of {n=} is no share")
    low = _share_at((1 - level) / 2, x, trials)
    return low, 1 - _share_at((1 - level) / 2, trials - x, trials)


def mid_p_of_draws(
    n_successes: FloatArray, n: FloatArray, *, level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """As `mid_p_interval`, where it is not known how many succeeded: of many draws together.

    An end leaves out as much as the draws' own intervals leave out there on average, however
    lopsided they lie. Few draws lie too near one another: they are taken as much further apart as
    Rubin's rule adds.

    Args: n_successes, by draw, (n_draws, n_shares), in [0, n]; n trials, (n_shares,).
    Returns: low, high in [0, 1], (n_shares,).
    Raises: ValueError if an argument is out of range.
    Source: Lancaster 1961, JASA 56; Rubin 1987, Multiple Imputation for Nonresponse in Surveys.
    """
    check_level(level)
    if not ((n_successes >= 0) & (n_successes <= n)).all():
        raise ValueError(f"{n_successes=} of {n=} is no share")
    n_draws = len(n_successes)
    further = ((n_draws + 1) / (n_draws - 1)) ** 0.5 if n_draws > 1 else 1.0
    mean = n_successes.mean(axis=0)
    spread = np.clip(mean + (n_successes - mean) * further, 0, n)
    distinct = [np.unique(one, return_counts=True) for one in spread.T]
    sizes = np.array([len(x) for x, _ in distinct], dtype=np.int64)
    x = np.concatenate([x for x, _ in distinct]) if distinct else np.zeros(0)
    weights = np.concatenate([count for _, count in distinct]) / n_draws if distinct else x
    trials, tail = np.repeat(n, sizes), (1 - level) / 2
    low = _share_at(tail, x, trials, sizes, weights)
    return low, 1 - _share_at(tail, trials - x, trials, sizes, weights)


def _share_at(
    tail: float,
    x: FloatArray,
    n: FloatArray,
    sizes: IntArray | None = None,
    weights: FloatArray | None = None,
) -> FloatArray:
    """The share under which x successes or more have this probability, x itself counting half.

    Args: sizes: how many x in a row belong to one share, each counting by its weight; None where
        each has its own.
    """
    shape = x.shape if sizes is None else sizes.shape
    low, high = np.zeros(shape), np.ones(shape)
    for _ in range(_HALVINGS):
        share = (low + high) / 2
        each = share if sizes is None else np.repeat(share, sizes)
        reached = np.where(x > 0, betainc(np.maximum(x, _TINY), n - x + 1, each), 1.0)
        passed = np.where(x < n, betainc(x + 1, np.maximum(n - x, _TINY), each), 0.0)
        twice = reached + passed
        if sizes is not None and len(sizes):
            twice = np.add.reduceat(twice * weights, np.cumsum(sizes) - sizes)
        is_above = twice > 2 * tail
        low, high = np.where(is_above, low, share), np.where(is_above, share, high)
    return low


def cluster_draws(
    frequencies: IntArray, n_resamples: int, rng: np.random.Generator
) -> Iterator[FloatArray]:
    """How often each distinct cluster is drawn, in blocks of shape (block, n_distinct)."""
    n_clusters, n_distinct = int(frequencies.sum()), len(frequencies)
    few_distinct = n_distinct * _DRAWS_PER_BINOMIAL < n_clusters
    block = max(1, _BLOCK_ENTRIES // (n_distinct if few_distinct else n_clusters))
    owner = None if few_distinct else np.repeat(np.arange(n_distinct), frequencies)
    for start in range(0, n_resamples, block):
        size = min(block, n_resamples - start)
        if owner is None:
            drawn = rng.multinomial(n_clusters, frequencies / n_clusters, size=size)
        else:
            picks = owner[rng.integers(0, n_clusters, size=(size, n_clusters))]
            picks += np.arange(size)[:, None] * n_distinct
            drawn = np.bincount(picks.ravel(), minlength=size * n_distinct)
            drawn = drawn.reshape(size, n_distinct)
        yield drawn.astype(np.float64)


def effective_number(frequencies: IntArray, weights: FloatArray) -> float:
    """Clusters of equal weight that carry as much (Kish 1965, Survey Sampling, section 11.7)."""
    return float((frequencies @ weights) ** 2 / (frequencies @ weights**2))


def _acceleration(left_out: FloatArray, frequencies: IntArray) -> float:
    """A sixth of the skewness of the leave-one-cluster-out values (0 if none can be computed)."""
    defined = np.isfinite(left_out)
    weights, values = frequencies[defined], left_out[defined]
    if not weights.sum():
        return 0.0
    deviations = np.average(values, weights=weights) - values
    squares = float(weights @ deviations**2)
    if squares < 1e-24:
        return 0.0
    return float(weights @ deviations**3) / float(6 * squares**1.5)
