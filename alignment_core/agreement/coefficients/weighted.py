"""Agreement of any number of judges where verdicts can be near each other, missing ones allowed.

The scale is the table's categories, in their order, whether they were all used or not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from alignment_core.agreement.coefficients.coefficients import beyond_chance, ratio
from alignment_core.agreement.coefficients.verdict_weights import (
    agreement_weights,
    category_values,
    squared_distances,
)
from alignment_core.agreement.figures.figure import Figure
from alignment_core.agreement.figures.measured import Measured, measure_sums
from alignment_core.agreement.redundancy import caution_of_votes, with_caution
from alignment_core.agreement.tables.columns import FloatArray, IntArray
from alignment_core.agreement.tables.table import JudgementTable


@dataclass(frozen=True, eq=False)
class PairSums:
    """Sums over comparisons of pairs of judgements, by their two categories.

    sums: shape (..., 2 + 2 q² + q). n is a count in a comparison, r the number of judgements.
    """

    sums: FloatArray
    n_categories: int

    @property
    def n_rated(self) -> FloatArray:
        return self.sums[..., 0]

    @property
    def n_shared(self) -> FloatArray:
        return self.sums[..., 1]

    @property
    def pair_shares(self) -> FloatArray:
        """Σ over shared comparisons of n_c (n_k - [c = k]) / (r (r - 1)), shape (..., q, q)."""
        return self._square(2)

    @property
    def coincidences(self) -> FloatArray:
        """Σ over shared comparisons of n_c (n_k - [c = k]) / (r - 1), shape (..., q, q)."""
        return self._square(2 + self.n_categories**2)

    @property
    def shares(self) -> FloatArray:
        """Mean share of each category over rated comparisons, shape (..., q)."""
        return ratio(self.sums[..., 2 + 2 * self.n_categories**2 :], self.n_rated[..., None])

    def _square(self, start: int) -> FloatArray:
        q = self.n_categories
        return self.sums[..., start : start + q * q].reshape(*self.sums.shape[:-1], q, q)


def pair_sums(counts: IntArray) -> FloatArray:
    """What each comparison adds to the sums of `PairSums`.

    Args: counts, shape (n_comparisons, q). Returns: shape (n_comparisons, 2 + 2 q² + q).
    """
    n = counts.astype(np.float64)
    size, q = n.shape
    r = n.sum(axis=1)
    rated, shared = r > 0, r > 1
    pairs = n[:, :, None] * (n[:, None, :] - np.eye(q))
    pairs = pairs.reshape(size, q * q) * shared[:, None]
    by_pair = ratio(pairs, np.where(shared, r * (r - 1), 1)[:, None])
    by_judge = ratio(pairs, np.where(shared, r - 1, 1)[:, None])
    shares = ratio(n, np.where(rated, r, 1)[:, None])
    return np.concatenate([rated[:, None], shared[:, None], by_pair, by_judge, shares], axis=1)


def weighted_agreement(sums: PairSums, weights: FloatArray) -> FloatArray:
    """Mean over shared comparisons of the mean weight of their pairs of judgements, in [0, 1]."""
    return ratio((weights * sums.pair_shares).sum(axis=(-2, -1)), sums.n_shared)


def weighted_fleiss_kappa(sums: PairSums, weights: FloatArray) -> FloatArray:
    """Fleiss' kappa with weights; with two judges and nothing missing, weighted Scott's pi.

    Returns: (p_a - p_e) / (1 - p_e), p_e = Σ w_ck p_c p_k with mean shares p; NaN where p_e = 1.
    Source: Gwet 2014, Handbook of Inter-Rater Reliability, 4th ed., chapter 3.
    """
    shares = sums.shares
    expected = ((shares @ weights) * shares).sum(axis=-1)
    return beyond_chance(weighted_agreement(sums, weights), expected)


def gwet_ac2(sums: PairSums, weights: FloatArray) -> FloatArray:
    """Gwet's AC2: AC1 with weights, p_e = Σ w Σ_c p_c (1 - p_c) / (q (q - 1)); NaN where q < 2.

    Source: Gwet 2014, Handbook of Inter-Rater Reliability, 4th ed., chapter 4.
    """
    shares, q = sums.shares, sums.n_categories
    spread = (shares * (1 - shares)).sum(axis=-1) * weights.sum()
    expected = ratio(spread, np.full(spread.shape, q * (q - 1.0)))
    return beyond_chance(weighted_agreement(sums, weights), expected)


def weighted_brennan_prediger(sums: PairSums, weights: FloatArray) -> FloatArray:
    """Brennan and Prediger's kappa with weights, p_e = Σ w / q²; NaN where q < 2."""
    observed = weighted_agreement(sums, weights)
    return beyond_chance(observed, np.full(observed.shape, weights.mean()))


def krippendorff_alpha_of(sums: PairSums, metric: str, values: FloatArray) -> FloatArray:
    """Krippendorff's alpha for a metric; only comparisons with two judgements or more count.

    Returns: 1 - (m - 1) Σ o_ck δ²_ck / Σ m_c m_k δ²_ck, at most 1, o the coincidences and m_c
        their sums; NaN where nothing could differ.
    Source: Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, sections C and D.
    """
    coincidences = sums.coincidences
    counts = coincidences.sum(axis=-1)
    apart = squared_distances(metric, values, counts)
    observed = (coincidences * apart).sum(axis=(-2, -1))
    expected = (counts[..., :, None] * counts[..., None, :] * apart).sum(axis=(-2, -1))
    return 1 - ratio(observed * (counts.sum(axis=-1) - 1), expected)


WeightedCoefficient = Callable[[PairSums, FloatArray], FloatArray]
WEIGHTED: tuple[WeightedCoefficient, ...] = (
    weighted_agreement,
    weighted_fleiss_kappa,
    gwet_ac2,
    weighted_brennan_prediger,
)
# Below which they cannot lie; chance by the scale alone can exceed what anybody agrees on.
LEAST: dict[WeightedCoefficient, float] = {weighted_agreement: 0.0, weighted_fleiss_kappa: -1.0}


def measure_weighted(
    table: JudgementTable,
    weights: str | npt.ArrayLike = "linear",
    *,
    values: npt.ArrayLike | None = None,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Figure]:
    """Weighted coefficients with bootstrap intervals, by the function's name.

    Args: weights: identity, linear, quadratic or ordinal, or a symmetric matrix in [0, 1] with ones
        on its diagonal. values: of the categories, for linear and quadratic; default 0, 1, 2, …
        table, level, n_resamples, seed as `measure_agreement`.
    Raises: ValueError if a setting is out of range.
    """
    of_pairs = agreement_weights(weights, table.categories, values)
    by_name = {each.__name__: _weighted(each, table, of_pairs) for each in WEIGHTED}
    return _measured(table, by_name, level=level, n_resamples=n_resamples, seed=seed)


def measure_alpha(
    table: JudgementTable,
    metric: str = "nominal",
    *,
    values: npt.ArrayLike | None = None,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> Figure:
    """Krippendorff's alpha for a metric, with a bootstrap interval.

    Args: metric: one of METRICS. values: numbers behind the categories; default their names where
        all are numbers, else 0, 1, 2, … table, level, n_resamples, seed as `measure_agreement`.
    Raises: ValueError if a setting is out of range.
    """
    by_name = {metric: _alpha(table, metric, values)}
    return _measured(table, by_name, level=level, n_resamples=n_resamples, seed=seed)[metric]


def measure_scale(
    table: JudgementTable,
    *,
    weights: Sequence[str],
    metrics: Sequence[str],
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> tuple[dict[str, dict[str, Figure]], dict[str, Figure]]:
    """`measure_weighted` by weights and `measure_alpha` by metric, on one set of resamples.

    Args: weights, metrics: names; table, level, n_resamples, seed as `measure_agreement`.
    Raises: ValueError if a name is unknown or a setting out of range.
    """
    measured: dict[str, Measured] = {}
    for name in weights:
        of_pairs = agreement_weights(name, table.categories)
        for each in WEIGHTED:
            measured[f"{name} {each.__name__}"] = _weighted(each, table, of_pairs)
    for metric in metrics:
        measured[metric] = _alpha(table, metric, None)
    found = _measured(table, measured, level=level, n_resamples=n_resamples, seed=seed)
    weighted = {
        name: {each.__name__: found[f"{name} {each.__name__}"] for each in WEIGHTED}
        for name in weights
    }
    return weighted, {metric: found[metric] for metric in metrics}


def _measured(
    table: JudgementTable, measured: Mapping[str, Measured], **settings: Any
) -> dict[str, Figure]:
    figures = measure_sums(table, pair_sums, measured, **settings)
    return with_caution(figures, caution_of_votes(table))


def _weighted(
    coefficient: WeightedCoefficient, table: JudgementTable, of_pairs: FloatArray
) -> Measured:
    q = len(table.categories)

    def statistic(sums: FloatArray) -> FloatArray:
        return coefficient(PairSums(sums, q), of_pairs)

    return Measured(
        statistic,
        _comparisons,
        is_beyond_chance=coefficient is not weighted_agreement,
        is_of_shares=coefficient is weighted_fleiss_kappa,
        least=LEAST.get(coefficient, -np.inf),
    )


def _alpha(table: JudgementTable, metric: str, values: npt.ArrayLike | None) -> Measured:
    q = len(table.categories)
    numbers = category_values(metric, table.categories, values)

    def statistic(sums: FloatArray) -> FloatArray:
        return krippendorff_alpha_of(PairSums(sums, q), metric, numbers)

    def judgements(sums: FloatArray) -> FloatArray:
        found: FloatArray = PairSums(sums, q).coincidences.sum(axis=(-2, -1))
        return found

    return Measured(statistic, judgements, is_beyond_chance=True, is_of_shares=True)


def _comparisons(sums: FloatArray) -> FloatArray:
    return sums[..., 1]
