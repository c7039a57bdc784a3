"""A median over values that several people gave, each of them many: resampled by person."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from alignment_core.agreement.figures.figure import NO_VARIATION
from alignment_core.agreement.figures.intervals import Interval, why_too_few
from alignment_core.agreement.figures.setting_checks import check_resampling
from alignment_core.agreement.tables.keys import encode_column
from alignment_core.agreement.tables.missing import number_column
from alignment_core.agreement.tables.table import FloatArray, IntArray

_BLOCK_ENTRIES = 1 << 20  # weights held at once, 8 MiB


def clustered_median(
    values: npt.ArrayLike,
    clusters: npt.ArrayLike,
    *,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, Interval]:
    """The median, and its percentile interval over resampled clusters.

    What one person does is alike from one time to the next, so that people are drawn, each with
    all that they did. A median is not smooth: no acceleration can be taken from it.

    Args: values, at least one, finite; clusters, whose each value is, of the same shape (n,);
        level in (0, 1); n_resamples of the clusters; seed of their drawing.
    Returns: the median in the values' unit; low and high, or the reason for none: fewer than six
        clusters, or resamples that all give one value.
    Raises: ValueError if a shape or a setting is not as stated, or naming the entry that is missing
        or no number.
    Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, sections 8.4 and 13.3.
    """
    check_resampling(level=level, n_resamples=n_resamples, seed=seed)
    given = number_column(values, "values")
    bad = np.flatnonzero(~np.isfinite(given))
    if bad.size:
        raise ValueError(f"values[{bad[0]}] is {given[bad[0]]}, not a finite number")
    names, owner = encode_column(clusters, "clusters")
    if given.shape != owner.shape or not len(given):
        raise ValueError(f"{given.shape=} and {owner.shape=} must be one shape (n,), n > 0")
    order = np.argsort(given, kind="stable")
    given, owner = given[order], owner[order]
    median = float(np.median(given))
    if (too_few := why_too_few(len(names))) is not None:
        return median, Interval(None, None, too_few)
    medians = _resampled(given, owner, len(names), n_resamples, np.random.default_rng(seed))
    if np.ptp(medians) < 1e-12:
        return median, Interval(None, None, NO_VARIATION)
    low, high = np.quantile(medians, [(1 - level) / 2, (1 + level) / 2])
    return median, Interval(float(low), float(high), None)


def _resampled(
    values: FloatArray, owner: IntArray, n_clusters: int, n: int, rng: np.random.Generator
) -> FloatArray:
    """Medians of n samples of clusters; values ascending, with the place of each one's cluster."""
    found = []
    block = max(1, _BLOCK_ENTRIES // len(values))
    for start in range(0, n, block):
        size = min(block, n - start)
        drawn = rng.multinomial(n_clusters, np.full(n_clusters, 1 / n_clusters), size=size)
        reached = np.cumsum(drawn[:, owner], axis=1)  # (size, len(values))
        total = reached[:, -1:]
        lower = (2 * reached >= total).argmax(axis=1)
        upper = (2 * reached > total).argmax(axis=1)
        found.append((values[lower] + values[upper]) / 2)
    return np.concatenate(found)
