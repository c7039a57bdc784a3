"""Shares and differences whose judgements are alike within a prompt: cluster-robust intervals."""

from __future__ import annotations

import numpy as np
from scipy.special import bdtr, stdtrit

from alignment_core.agreement.columns import FloatArray, IntArray
from alignment_core.agreement.figure import (
    CLUSTER_SANDWICH,
    NO_VARIATION,
    ONE_CLUSTER,
    WILSON,
    Figure,
)
from alignment_core.agreement.intervals import Interval, wilson_interval


def wilson_figure(n_hits: int, n: int, n_comparisons: int, *, level: float, reason: str) -> Figure:
    """A share of independent judgements; `reason` is why it is undefined where n is 0."""
    low, high = wilson_interval(n_hits, n, level=level) if n else (None, None)
    return Figure(
        value=n_hits / n if n else None,
        low=low,
        high=high,
        level=level,
        n_comparisons=n_comparisons,
        n_judgements=n,
        n_pairs=0,
        prevalence={},
        undefined=None if n else reason,
        interval_undefined=None,
        method=WILSON,
    )


def clustered_mean(
    values: FloatArray, cluster: IntArray, comparison: IntArray, *, level: float, reason: str
) -> Figure:
    """Mean of values, with the cluster-robust interval.

    Args: values, cluster and comparison of each judgement, (n,).
    Source: Liang & Zeger 1986, Biometrika 73; small samples by clusters / (clusters - 1) and
        Student's t.
    """
    n = len(values)
    mean = float(values.mean()) if n else None
    interval = Interval(None, None, None)
    if mean is not None:
        interval = _interval(mean, (values - mean) / n, cluster, level)
    return _figure(mean, interval, comparison, level=level, reason=reason)


def clustered_difference(
    values: FloatArray,
    is_later: IntArray,
    cluster: IntArray,
    comparison: IntArray,
    *,
    level: float,
    reason: str,
) -> Figure:
    """Mean of the later values less the mean of the earlier ones; interval as `clustered_mean`."""
    later = is_later.astype(bool)
    n_later, n_earlier = int(later.sum()), int((~later).sum())
    difference, interval = None, Interval(None, None, None)
    if n_later and n_earlier:
        means = np.array([values[~later].mean(), values[later].mean()])
        difference = float(means[1] - means[0])
        size = np.where(later, n_later, -n_earlier)
        influence = (values - means[later.astype(int)]) / size
        interval = _interval(difference, influence, cluster, level)
    return _figure(difference, interval, comparison, level=level, reason=reason)


def adjusted_p_values(n_hits: IntArray, n: IntArray) -> FloatArray:
    """Two-sided exact p-values of shares against one half, adjusted for how many there are.

    An adjusted value below q keeps the expected share of false findings below q.
    Returns: shape as given, in [0, 1], NaN where n is 0.
    Source: Benjamini & Hochberg 1995, JRSS B 57.
    """
    p = np.full(len(n), np.nan)
    some = n > 0
    fewer = np.minimum(n_hits, n - n_hits)[some].astype(np.float64)
    p[some] = np.minimum(2 * bdtr(fewer, n[some], 0.5), 1)
    order = np.argsort(p[some])[::-1]
    m = len(order)
    scaled = p[some][order] * m / (m - np.arange(m))
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled), 1) if m else scaled
    p[some] = adjusted
    return p


def _interval(value: float, influence: FloatArray, cluster: IntArray, level: float) -> Interval:
    _, owner = np.unique(cluster, return_inverse=True)
    sums = np.bincount(owner, influence)
    n = len(sums)
    if n < 2:
        return Interval(None, None, ONE_CLUSTER)
    variance = n / (n - 1) * float(sums @ sums)
    if variance < 1e-24:
        return Interval(None, None, NO_VARIATION)
    half = float(stdtrit(n - 1, (1 + level) / 2)) * variance**0.5
    return Interval(value - half, value + half, None)


def _figure(
    value: float | None, interval: Interval, comparison: IntArray, *, level: float, reason: str
) -> Figure:
    return Figure(
        value=value,
        low=interval.low,
        high=interval.high,
        level=level,
        n_comparisons=len(np.unique(comparison)),
        n_judgements=len(comparison),
        n_pairs=0,
        prevalence={},
        undefined=reason if value is None else None,
        interval_undefined=interval.undefined,
        method=CLUSTER_SANDWICH,
    )
