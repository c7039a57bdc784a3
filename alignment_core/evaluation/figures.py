"""Figures with intervals from resampling, and figures of groups that may be too small for one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alignment_core.agreement.figures.paired import paired_interval
from alignment_core.evaluation.metrics import LEVEL, N_RESAMPLES, share_with_interval, undefined

FloatArray = NDArray[np.float64]
# Weights of the units, shape (resamples, units), to one value each, shape (resamples,).
Statistic = Callable[[FloatArray], FloatArray]

SMALLEST_GROUP = 5  # below it an interval covers nearly everything and a share says nothing
MOST_UNDEFINED = 0.05  # of resamples, before an interval over the rest would mislead
WEIGHTS_AT_ONCE = 1 << 22  # 32 MiB
SAME = 1e-12  # relative; resamples that differ by less differ by rounding


def share_of_group(
    values: Sequence[float], what: str = "pairs", *, prompts: Sequence[Hashable] | None = None
) -> dict[str, Any]:
    """A share with Wilson's interval, unless the group is too small to say anything.

    Args:
        values: each 0, ½ or 1.
        prompts: of each value, where several can have one.
    Returns: value, low, high, n, level, method; or undefined and n.
    """
    if len(values) < SMALLEST_GROUP:
        return too_few(len(values), what)
    return share_with_interval(values, prompts)


def too_few(n: int, what: str) -> dict[str, Any]:
    """A group too small for a figure, with its size."""
    return {**undefined(f"there are {n} {what}, fewer than {SMALLEST_GROUP}"), "n": n}


def resampled_figure(
    statistic: Statistic, n_units: int, *, what: str = "pairs", seed: int = 0
) -> dict[str, Any]:
    """A statistic with a percentile interval from resampling independent units.

    Args:
        statistic: takes weights, shape (resamples, units), and gives shape (resamples,); NaN where
            it is undefined.
        n_units: pairs, prompts or whatever else is independent of one another.
        what: the units' name in the plural.
        seed: of the resampling; the same one gives the same interval.
    Returns: value, low, high, n, level, method; or undefined and n. Where every resample gives the
        same value, low and high are None and interval_undefined says so.
    Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 13.
    """
    if n_units < SMALLEST_GROUP:
        return too_few(n_units, what)
    value = float(statistic(np.ones((1, n_units)))[0])
    if not np.isfinite(value):
        return {**undefined(f"it does not exist for these {n_units} {what}"), "n": n_units}
    values = np.concatenate([statistic(block) for block in _draws(n_units, seed)])
    defined = values[np.isfinite(values)]
    if len(defined) < (1 - MOST_UNDEFINED) * len(values):
        reason = f"resampling the {n_units} {what} leaves it without a value too often"
        return {**undefined(reason), "n": n_units}
    figure: dict[str, Any] = {"value": value, "low": None, "high": None, "n": n_units}
    figure |= {"level": LEVEL, "method": f"bootstrap over {what}"}
    if np.ptp(defined) <= SAME * max(1.0, abs(value)):
        return {**figure, "interval_undefined": f"because the {what} do not differ"}
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return {**figure, "low": float(low), "high": float(high)}


def mean_figure(values: FloatArray, *, what: str = "pairs", seed: int = 0) -> dict[str, Any]:
    """The mean of one value for each unit, with an interval from resampling the units.

    Args: values: shape (units,). what and seed as `resampled_figure`.
    Returns: as `resampled_figure`, in the unit of the values.
    """
    return ratio_figure(values, np.ones_like(values), what=what, seed=seed)


def paired_difference(
    after: Sequence[bool],
    before: Sequence[bool],
    *,
    what: str = "prompts",
    clusters: Sequence[Hashable] | None = None,
) -> dict[str, Any]:
    """By how much a share differs between two measurements of the same units.

    Args:
        after, before: whether it is so, one of each for every unit, in the same order.
        clusters: of each unit, where several are alike, such as translations of one prompt.
    Returns: value in [-1, 1], low, high, n, level, method; or undefined and n. The interval has a
        width even where no unit differs.
    Source: `alignment_core.agreement.figures.paired.paired_interval`.
    """
    n = len(after)
    if n < SMALLEST_GROUP:
        return too_few(n, what)
    differences = np.asarray(after, dtype=float) - np.asarray(before, dtype=float)
    numbers = {name: number for number, name in enumerate(dict.fromkeys(clusters or range(n)))}
    place = np.array([numbers[name] for name in clusters or range(n)])
    low, high = paired_interval(differences, place, level=LEVEL)
    return {
        "value": float(differences.mean()),
        "low": low,
        "high": high,
        "n": n,
        "level": LEVEL,
        "method": f"Bonett and Price over {what}",
    }


def ratio_figure(
    numerators: FloatArray, denominators: FloatArray, *, what: str = "pairs", seed: int = 0
) -> dict[str, Any]:
    """Σ numerators / Σ denominators, with an interval from resampling the units.

    Args: numerators, denominators: shape (units,). what and seed as `resampled_figure`.
    Returns: as `resampled_figure`; undefined where the denominators add up to 0.
    """

    def ratio(weights: FloatArray) -> FloatArray:
        below = weights @ denominators
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(below > 0, weights @ numerators / below, np.nan))

    return resampled_figure(ratio, len(numerators), what=what, seed=seed)


def _draws(n_units: int, seed: int) -> Iterator[FloatArray]:
    """How often each unit is drawn, in blocks, so that memory stays flat."""
    generator = np.random.default_rng(seed)
    block = max(1, WEIGHTS_AT_ONCE // n_units)
    for start in range(0, N_RESAMPLES, block):
        size = min(block, N_RESAMPLES - start)
        drawn = generator.integers(0, n_units, size=(size, n_units))
        drawn += np.arange(size)[:, None] * n_units
        counts = np.bincount(drawn.ravel(), minlength=size * n_units)
        yield counts.reshape(size, n_units).astype(np.float64)
