"""Two measurements of the same units: by how much they differ, and on which units both stand."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

from alignment_core.agreement.figures.setting_checks import check_level
from alignment_core.agreement.tables.columns import FloatArray, IntArray

FEWEST_SHARED = 5  # units, before a difference says anything
DRAWN_AT_ONCE = 1 << 22  # numbers, 32 MiB


def paired_interval(
    differences: FloatArray, clusters: IntArray | None = None, *, level: float = 0.95
) -> tuple[float, float]:
    """The interval of a mean difference between two measurements of the same units.

    One cluster is added that gains everything and one that loses everything, so the interval has a
    width even where no unit differs, as after one that has not been seen to differ yet.

    Args:
        differences: of each unit, in [-1, 1], shape (units,), at least one.
        clusters: which units are alike, numbered from 0; None if each is by itself.
        level: in (0, 1).
    Returns: low and high, in [-1, 1].
    Raises: ValueError if level is out of range.
    Source: Bonett & Price 2012, Journal of Educational and Behavioral Statistics 37 (4), eq. 6,
        which this is for shares of single units; for clusters the sandwich of Liang & Zeger 1986
        with Student's t, and added clusters of the mean size.
    """
    check_level(level)
    owner = np.arange(len(differences)) if clusters is None else clusters
    sums, sizes = np.bincount(owner, differences), np.bincount(owner).astype(float)
    is_single = len(sums) == len(differences)
    added = sizes.mean()
    sums, sizes = np.append(sums, [added, -added]), np.append(sizes, [added, added])
    middle = float(sums.sum() / sizes.sum())
    residuals = sums - middle * sizes
    deviation = float(np.sqrt(residuals @ residuals)) / float(sizes.sum())
    tail = (1 + level) / 2
    reach = deviation * float(ndtri(tail) if is_single else stdtrit(len(sums) - 1, tail))
    return max(-1.0, middle - reach), min(1.0, middle + reach)


def paired_bootstrap(
    differences: FloatArray,
    clusters: IntArray | None = None,
    *,
    reach: float | None = None,
    level: float = 0.95,
    n_resamples: int = 2000,
    seed: int = 0,
) -> tuple[float, float]:
    """The interval of a mean difference in any unit, from resampling clusters such as prompts.

    As `paired_interval` it adds one cluster that gains all there is and one that loses it: so a
    set of measurements that happen not to differ is no proof that nothing could.

    Args:
        differences: of each unit, shape (units,), at least one.
        clusters: which units are alike, numbered from 0; None if each is by itself.
        reach: the largest difference that a unit can have; the largest there is, if not given.
        level: in (0, 1). n_resamples: of the clusters. seed: the same one, the same interval.
    Returns: low and high, in the unit of the differences.
    Raises: ValueError if level is out of range.
    Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 13 (percentiles).
    """
    check_level(level)
    owner = np.arange(len(differences)) if clusters is None else clusters
    sums, sizes = np.bincount(owner, differences), np.bincount(owner).astype(float)
    added = sizes.mean()
    most = float(np.abs(differences).max()) if reach is None else reach
    sums, sizes = np.append(sums, [added * most, -added * most]), np.append(sizes, [added, added])
    n = len(sums)
    generator = np.random.default_rng(seed)
    means: list[FloatArray] = []
    block = max(1, DRAWN_AT_ONCE // n)
    for start in range(0, n_resamples, block):
        drawn = generator.integers(0, n, size=(min(block, n_resamples - start), n))
        means.append(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
    tail = (1 - level) / 2
    low, high = np.quantile(np.concatenate(means), [tail, 1 - tail])
    return float(low), float(high)


def compare_shared(
    first: Mapping[str, float],
    second: Mapping[str, float],
    *,
    cluster_of: Callable[[str], Hashable],
    level: float = 0.95,
) -> dict[str, Any] | None:
    """Two shares on the units that both were measured on, and their difference.

    Args:
        first, second: a value in [0, 1] of each unit, by its name.
        cluster_of: what units are alike in, such as their prompt, from a unit's name.
    Returns: n, n_clusters, first and second (shares on those units), difference (first less
        second) with low, high and level; None if they share fewer than 5 units.
    """
    return _compare(first, second, cluster_of, level, paired_interval)


def compare_shared_values(
    first: Mapping[str, float],
    second: Mapping[str, float],
    *,
    cluster_of: Callable[[str], Hashable],
    level: float = 0.95,
) -> dict[str, Any] | None:
    """As `compare_shared`, of means of values in any unit, by the bootstrap.

    It draws so often that at least ten means lie beyond either end.
    """
    n_resamples = max(2000, math.ceil(20 / (1 - level)))
    drawn_often = partial(paired_bootstrap, n_resamples=n_resamples)
    return _compare(first, second, cluster_of, level, drawn_often)


def _compare(
    first: Mapping[str, float],
    second: Mapping[str, float],
    cluster_of: Callable[[str], Hashable],
    level: float,
    interval: Callable[..., tuple[float, float]],
) -> dict[str, Any] | None:
    shared = sorted(first.keys() & second.keys())
    if len(shared) < FEWEST_SHARED:
        return None
    values = np.array([[first[name], second[name]] for name in shared])
    _, clusters = np.unique([str(cluster_of(name)) for name in shared], return_inverse=True)
    differences: npt.NDArray[np.float64] = values[:, 0] - values[:, 1]
    low, high = interval(differences, clusters, level=level)
    return {
        "n": len(shared),
        "n_clusters": int(clusters.max()) + 1,
        "first": float(values[:, 0].mean()),
        "second": float(values[:, 1].mean()),
        "difference": float(differences.mean()),
        "low": low,
        "high": high,
        "level": level,
    }
