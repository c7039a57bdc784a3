"""Shares and differences whose judgements are alike within a prompt: cluster-robust intervals."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, ndtri, stdtrit

from alignment_core.agreement.figures.figure import (
    CLUSTER_SANDWICH,
    FEW_CLUSTERS,
    NO_VARIATION,
    ONE_CLUSTER,
    WILSON_CLUSTERS,
    Figure,
)
from alignment_core.agreement.figures.intervals import Interval, caution_of, wilson_interval
from alignment_core.agreement.tables.columns import FloatArray, IntArray, stable_order

Hits = npt.NDArray[np.bool_]


def unknown_share(*, level: float, reason: str) -> Figure:
    """No share, as nothing tells one."""
    return _figure(
        None, Interval(None, None, None), 0, 0, level=level, reason=reason, method=WILSON_CLUSTERS
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
    (figure,) = _clustered_shares(
        hits,
        cluster,
        np.zeros(len(hits), dtype=np.int64),
        [len(np.unique(comparison))],
        level=level,
        reason=reason,
    )
    return figure


def shares_of_each(
    hits: Hits,
    cluster: IntArray,
    annotator: IntArray,
    n_annotators: int,
    *,
    level: float,
    reason: str,
) -> list[Figure]:
    """As `clustered_share` of each annotator's own judgements, one of a comparison.

    Args: hits, cluster and annotator of each judgement, (n,), the last in [0, n_annotators).
    """
    n = np.bincount(annotator, minlength=n_annotators).tolist()
    return _clustered_shares(hits, cluster, annotator, n, level=level, reason=reason)


def _clustered_shares(
    hits: Hits,
    cluster: IntArray,
    owner: IntArray,
    n_comparisons: list[int],
    *,
    level: float,
    reason: str,
) -> list[Figure]:
    n_owners = len(n_comparisons)
    n = np.bincount(owner, minlength=n_owners)
    n_hits = np.bincount(owner, hits, n_owners)
    share = n_hits / np.maximum(n, 1)
    variance, n_clusters = _variances(hits - share[owner], cluster, owner, n)
    effective = _effective(share, n, variance, n_clusters, level)
    figures = []
    for place, value in enumerate(share.tolist()):
        interval = Interval(None, None, ONE_CLUSTER if n[place] else None)
        if n_clusters[place] > 1:
            size = float(effective[place])
            interval = Interval(
                *wilson_interval(value * size, size, level=level),
                None,
                caution_of(int(n_clusters[place])),
            )
        figures.append(
            _figure(
                value if n[place] else None,
                interval,
                n_comparisons[place],
                int(n[place]),
                level=level,
                reason=reason,
                method=WILSON_CLUSTERS,
            )
        )
    return figures


def _variances(
    residuals: FloatArray, cluster: IntArray, owner: IntArray, n: IntArray
) -> tuple[FloatArray, IntArray]:
    """Cluster-robust variance of each owner's share, and the number of their clusters."""
    width = int(cluster.max(initial=0)) + 1
    code = owner * width + cluster
    order = stable_order(code, len(n) * width)
    starts = np.flatnonzero(np.diff(code[order], prepend=-1))
    sums = np.add.reduceat(residuals[order], starts) if len(starts) else np.zeros(0)
    of_cluster = code[order][starts] // width
    n_clusters = np.bincount(of_cluster, minlength=len(n))
    squares = np.bincount(of_cluster, sums**2, len(n))
    rest = np.maximum(n_clusters - 1, 1)
    return n_clusters / rest * squares / np.maximum(n, 1) ** 2, n_clusters


def _effective(
    share: FloatArray, n: IntArray, variance: FloatArray, n_clusters: IntArray, level: float
) -> FloatArray:
    """How many independent judgements tell as much about each share."""
    spread = share * (1 - share)
    is_wider = variance > spread / np.maximum(n, 1)  # 0 where clusters are alike
    effective = np.where(is_wider, spread / np.where(is_wider, variance, 1), n)
    effective = np.where(spread == 0, n_clusters, effective)
    tail = (1 + level) / 2
    few = (ndtri(tail) / stdtrit(np.maximum(n_clusters - 1, 1), tail)) ** 2
    fewer: FloatArray = np.maximum(1.0, effective * few)
    return fewer


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
    Source: Liang & Zeger 1986, Biometrika 73; small samples by clusters / (clusters - 2) and
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
        difference,
        interval,
        len(np.unique(comparison)),
        len(comparison),
        level=level,
        reason=reason,
        method=CLUSTER_SANDWICH,
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
    """Two means are taken from the clusters, so that of n, n - 2 tell how far they differ."""
    n_clusters = len(np.unique(cluster))
    if n_clusters < 3:
        return Interval(None, None, ONE_CLUSTER if n_clusters < 2 else FEW_CLUSTERS)
    variance = _variance(influence, cluster)
    if variance < 1e-24:
        return Interval(None, None, NO_VARIATION)
    half = float(stdtrit(n_clusters - 2, (1 + level) / 2)) * variance**0.5
    return Interval(max(value - half, -1.0), min(value + half, 1.0), None, caution_of(n_clusters))


def _variance(influence: FloatArray, cluster: IntArray) -> float:
    """Of a difference, from what each judgement adds to it, summed by cluster; three or more."""
    _, owner = np.unique(cluster, return_inverse=True)
    sums = np.bincount(owner, influence)
    return len(sums) / (len(sums) - 2) * float(sums @ sums)


def _figure(
    value: float | None,
    interval: Interval,
    n_comparisons: int,
    n_judgements: int,
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
        n_comparisons=n_comparisons,
        n_judgements=n_judgements,
        n_pairs=0,
        prevalence={},
        undefined=reason if value is None else None,
        interval_undefined=interval.undefined,
        method=method,
        caution=interval.caution,
    )
