"""Intervals of a statistic of clusters: a bootstrap, beside the jackknife where they are few.

Neither alone holds what it says with a dozen prompts: resamples of uneven ones vary too little, and
leaving one out tells little of a share that takes few values. What lies between the further ends of
both does (docs/statistics/intervals.md). From twenty prompts to forty less and less of that is
taken, so that no interval jumps when a prompt is added.
"""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit

from alignment_core.agreement.figures.figure import (
    BCA_OR_JACKKNIFE,
    BOOTSTRAP_BCA,
    NO_VARIATION,
    UNSTABLE,
)
from alignment_core.agreement.figures.intervals import (
    Clusters,
    Interval,
    Statistic,
    bca_interval,
    caution_of,
    effective_number,
    why_too_few,
)
from alignment_core.agreement.tables.columns import FloatArray, IntArray

FEW, ENOUGH = (
    20,
    40,
)  # clusters that count: up to which both have their full say, and from which one


def cluster_interval(
    clusters: Clusters,
    resamples: FloatArray,
    statistic: Statistic,
    *,
    level: float,
    weights: FloatArray,
    least: float = -np.inf,
) -> Interval:
    """The bootstrap's interval, or with few clusters the further end of it and the jackknife's.

    Args: clusters, resamples, statistic, level and weights as `bca_interval`; least: below which
        the statistic cannot lie. Above 1 it cannot.
    """
    drawn = bca_interval(clusters, resamples, statistic, level=level, weights=weights)
    if drawn.low is None or drawn.high is None:
        return drawn
    n = n_counting(clusters, weights)
    if n >= ENOUGH:
        return Interval(drawn.low, drawn.high, None, drawn.caution, BOOTSTRAP_BCA)
    value = float(statistic(clusters.total))
    left_out = statistic(clusters.total - clusters.sums)
    leaving = jackknife_interval(
        value, left_out, clusters.frequencies, level=level, weights=weights, least=least
    )
    return further(drawn, leaving, n)


def further(usual: Interval, other: Interval, n_clusters: int) -> Interval:
    """The usual interval, reaching to either side as far as another does, if clusters are few.

    With more than a few it goes part of that way, and with enough of them none of it.
    """
    ends = usual.low, usual.high, other.low, other.high
    if ends[0] is None or ends[1] is None or ends[2] is None or ends[3] is None:
        return usual
    part = min(1.0, max(0.0, (ENOUGH - n_clusters) / (ENOUGH - FEW)))
    low = ends[0] - part * max(0.0, ends[0] - ends[2])
    high = ends[1] + part * max(0.0, ends[3] - ends[1])
    return Interval(low, high, None, usual.caution, BCA_OR_JACKKNIFE)


def jackknife_interval(
    value: float,
    left_out: FloatArray,
    frequencies: IntArray,
    *,
    level: float,
    weights: FloatArray,
    least: float = -np.inf,
) -> Interval:
    """Student's t around the value, by how far leaving out one cluster each moves it.

    Args:
        value: of all clusters. left_out: without one of each distinct cluster, (n_distinct,).
        frequencies, weights: of the distinct clusters; the degrees of freedom are one less than
            there are equal ones that carry as much. Those that weigh 0 do not count among them;
            where they move the value (one person's own comparisons do so by chance's share), what
            they vary by is added.
        least: below which the value cannot lie; a value that does, as where chance is taken from
            comparisons that one person alone judged, has no such end. Above 1 it cannot.
    Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, eq. 11.5.
    """
    counting = weights > 0
    n = int(frequencies[counting].sum())
    if (too_few := why_too_few(n)) is not None:
        return Interval(None, None, too_few)
    if not np.isfinite(left_out).all():
        return Interval(None, None, UNSTABLE)
    variance = sum(_variance(left_out[some], frequencies[some]) for some in (counting, ~counting))
    if variance < 1e-24:
        return Interval(None, None, NO_VARIATION)
    freedom = max(effective_number(frequencies[counting], weights[counting]) - 1, 1.0)
    half = float(stdtrit(freedom, (1 + level) / 2)) * variance**0.5
    low = value - half if value < least else max(value - half, least)
    return Interval(low, min(value + half, 1.0), None, caution_of(n))


def _variance(left_out: FloatArray, frequencies: IntArray) -> float:
    n = int(frequencies.sum())
    if n < 2:
        return 0.0
    apart = left_out - frequencies @ left_out / n
    return (n - 1) / n * float(frequencies @ apart**2)


def n_counting(clusters: Clusters, weights: FloatArray) -> int:
    """Clusters that weigh anything."""
    return int(clusters.frequencies[weights > 0].sum())
