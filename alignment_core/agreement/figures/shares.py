"""Shares and differences whose judgements are alike within a prompt: cluster-robust intervals."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, ndtri, stdtrit

from alignment_core.agreement.figures.figure import (
    CLUSTER_SANDWICH,
    NO_VARIATION,
    ONE_CLUSTER,
    WILSON,
    WILSON_CLUSTERS,
    Figure,
)
from alignment_core.agreement.figures.intervals import Interval, caution_of, wilson_interval
from alignment_core.agreement.tables.columns import FloatArray, IntArray

Hits = npt.NDArray[np.bool_]


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


def clustered_share(
    hits: Hits, cluster: IntArray, comparison: IntArray, *, level: float, reason: str
) -> Figure:
    """A share of judgements that are alike within a cluster.

    The interval is Wilson's for as many independent judgements as carry the same knowledge: the
    share's cluster-robust variance says how many, and few clusters cost some of them. Where all
    judgements are equal there is no variance to go by, and each cluster counts once.

    Args: hits, cluster and comparison of each judgement, (n,).
    Source: Korn & Graubard 1998, Survey Methodology 24, with Wilson's interval for the exact one.
    """
    n = len(hits)
    interval = Interval(None, None, ONE_CLUSTER if n else None)
    share = float(hits.mean()) if n else None
    n_clusters = len(np.unique(cluster))
    if share is not None and n_clusters > 1:
        variance = _variance((hits - share) / n, cluster)
        effective = float(n_clusters if share in (0, 1) else n)
        if share not in (0, 1) and variance > share * (1 - share) / n:  # 0 where clusters are alike
            effective = share * (1 - share) / variance
        normal, student = ndtri((1 + level) / 2), stdtrit(n_clusters - 1, (1 + level) / 2)
        effective = max(1.0, effective * float(normal / student) ** 2)
        low, high = wilson_interval(share * effective, effective, level=level)
        interval = Interval(low, high, None, caution_of(n_clusters))
    return _figure(share, interval, comparison, level=level, reason=reason, method=WILSON_CLUSTERS)


def clustered_difference(
    values: FloatArray,
    is_later: IntArray,
    cluster: IntArray,
    comparison: IntArray,
    *,
    level: float,
    reason: str,
) -> Figure:
    """Mean of the later values less that of the earlier ones, with the cluster-robust interval.

    Args: values in [0, 1], is_later, cluster and comparison of each judgement, (n,).
    Source: Liang & Zeger 1986, Biometrika 73; small samples by clusters / (clusters - 1) and
        Student's t.
    """
    later = is_later.astype(bool)
    n_later, n_earlier = int(later.sum()), int((~later).sum())
    difference, interval = None, Interval(None, None, None)
    if n_later and n_earlier:
        means = np.array([values[~later].mean(), values[later].mean()])
        difference = float(means[1] - means[0])
        size = np.where(later, n_later, -n_earlier)
        influence = (values - means[later.astype(int)]) / size
        interval = _interval(difference, influence, cluster, level)
    return _figure(
        difference, interval, comparison, level=level, reason=reason, method=CLUSTER_SANDWICH
    )


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
    n_clusters = len(np.unique(cluster))
    if n_clusters < 2:
        return Interval(None, None, ONE_CLUSTER)
    variance = _variance(influence, cluster)
    if variance < 1e-24:
        return Interval(None, None, NO_VARIATION)
    half = float(stdtrit(n_clusters - 1, (1 + level) / 2)) * variance**0.5
    return Interval(max(value - half, -1.0), min(value + half, 1.0), None, caution_of(n_clusters))


def _variance(influence: FloatArray, cluster: IntArray) -> float:
    """Of an estimate, from what each judgement adds to it, summed by cluster; two or more."""
    _, owner = np.unique(cluster, return_inverse=True)
    sums = np.bincount(owner, influence)
    return len(sums) / (len(sums) - 1) * float(sums @ sums)


def _figure(
    value: float | None,
    interval: Interval,
    comparison: IntArray,
    *,
    level: float,
    reason: str,
    method: str,
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
        method=method,
        caution=interval.caution,
    )
