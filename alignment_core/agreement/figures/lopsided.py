"""Tables in which one verdict is nearly always given, so that a few comparisons decide a figure.

Where chance is taken from the shares of the verdicts, whether two or three comparisons on the rare
verdict were met makes most of the value; resamples of a table without any never show one.
"""

from __future__ import annotations

import numpy as np

from alignment_core.agreement.figures.intervals import (
    Clusters,
    Interval,
    Statistic,
    bca_interval,
)
from alignment_core.agreement.tables.columns import FloatArray

COMMONEST = 0.8  # share of the verdict that is nearly always given, from
FEWEST_ODD = 20.0  # comparisons' worth of other judgements, below


def rarest_verdict(by_category: FloatArray, n_comparisons: float) -> int | None:
    """Place of the rarest verdict seen, where one is nearly always given and few others are.

    Args: by_category, judgements of shared comparisons, (q,); n_comparisons, those.
    Returns: None where enough other verdicts were given, or none at all.
    """
    total, most = by_category.sum(), by_category.max(initial=0)
    n_odd = n_comparisons * (1 - most / (total or 1))
    if n_odd == 0 or most < COMMONEST * total or n_odd >= FEWEST_ODD:
        return None
    return int(np.where(by_category > 0, by_category, np.inf).argmin())


def reach_unseen(
    interval: Interval,
    clusters: Clusters,
    resamples: FloatArray,
    statistic: Statistic,
    unseen: FloatArray,
    *,
    level: float,
    rng: np.random.Generator,
) -> Interval:
    """The interval, reaching as high as with one comparison more, on which all give a rare verdict.

    Args: interval, of the clusters as they are; unseen, the sums of that comparison, (n_sums,);
        the others as `bca_interval`.
    """
    if interval.high is None:
        return interval
    n = int(clusters.frequencies.sum()) + 1
    more = Clusters(
        np.concatenate([clusters.sums, unseen[None]]), np.append(clusters.frequencies, 1)
    )
    times = rng.binomial(n, 1 / n, len(resamples))  # as often as one of so many is drawn
    higher = bca_interval(more, resamples + times[:, None] * unseen, statistic, level=level)
    if higher.high is None:
        return interval
    high = max(interval.high, higher.high)
    return Interval(interval.low, high, None, interval.caution)


def both_give(category: int | None, n_categories: int) -> FloatArray:
    """Cells of two judges on one comparison, where both give this verdict, (q²,)."""
    cells = np.zeros((n_categories, n_categories))
    cells[category, category] = 1
    return cells.ravel()
