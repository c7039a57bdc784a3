"""Tables in which one verdict is nearly always given, so that a few comparisons decide a figure.

Where chance is taken from the shares of the verdicts, whether two or three prompts on the rare
verdict were met makes most of the value; resamples of a table without any never show one.
"""

from __future__ import annotations

import numpy as np

from alignment_core.agreement.figures.cluster_intervals import cluster_interval
from alignment_core.agreement.figures.intervals import Clusters, Interval, Statistic
from alignment_core.agreement.tables.columns import FloatArray

COMMONEST = 0.8  # share of the verdict that is nearly always given, from
FEWEST_ODD = 20.0  # prompts' worth of other judgements, below
COMMON = 2 / 3  # share that is enough where others make so few prompts' worth:
A_HANDFUL = 3.0


def rarest_verdict(by_category: FloatArray, n_clusters: float) -> int | None:
    """Place of the rarest verdict seen, where one is nearly always given and few others are.

    Args: by_category, judgements of shared comparisons, (q,); n_clusters, prompts that have any,
        or comparisons where prompts are not known.
    Returns: None where enough other verdicts were given, or none at all.
    """
    total = float(by_category.sum()) or 1.0
    most = float(by_category.max(initial=0)) / total
    n_odd = n_clusters * (1 - most)
    is_lopsided = (most >= COMMONEST and n_odd < FEWEST_ODD) or (
        most >= COMMON and n_odd < A_HANDFUL
    )
    if n_odd == 0 or not is_lopsided:
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
    weights: FloatArray,
    least: float,
    rng: np.random.Generator,
) -> Interval:
    """The interval, reaching as high as with one prompt more, on which all give a rare verdict.

    Args: interval, of the clusters as they are; unseen, the sums of that prompt, (n_sums,);
        the others as `cluster_interval`.
    """
    if interval.high is None:
        return interval
    n = int(clusters.frequencies.sum()) + 1
    more = Clusters(
        np.concatenate([clusters.sums, unseen[None]]), np.append(clusters.frequencies, 1)
    )
    times = rng.binomial(n, 1 / n, len(resamples))  # as often as one of so many is drawn
    usual = float(np.average(weights[weights > 0], weights=clusters.frequencies[weights > 0]))
    higher = cluster_interval(
        more,
        resamples + times[:, None] * unseen,
        statistic,
        level=level,
        weights=np.append(weights, usual),
        least=least,
    )
    return raised(interval, higher)


def raised(interval: Interval, higher: Interval) -> Interval:
    """The interval, reaching as high as another does, if that one does reach anywhere."""
    if interval.high is None or higher.high is None:
        return interval
    high = max(interval.high, higher.high)
    return Interval(interval.low, high, None, interval.caution, interval.method)


def both_give(category: int | None, n_categories: int) -> FloatArray:
    """Cells of two judges on one comparison, where both give this verdict, (q²,)."""
    cells = np.zeros((n_categories, n_categories))
    cells[category, category] = 1
    return cells.ravel()
