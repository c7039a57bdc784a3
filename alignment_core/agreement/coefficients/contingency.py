"""Agreement of two judges as pure functions of their table of counts, weighted or not.

Cells count (or share out) the comparisons by the first and the second judge's category, shape
(..., q, q); every function returns shape (...), NaN where the cells do not determine it. Weights
are those of `weights.py`, shape (q, q); None gives credit to equal verdicts alone.
"""

from __future__ import annotations

import numpy as np

from alignment_core.agreement.coefficients.coefficients import beyond_chance, ratio
from alignment_core.agreement.tables.columns import FloatArray


def contingency_agreement(cells: FloatArray, weights: FloatArray | None = None) -> FloatArray:
    """Share of comparisons on which two judges give the same category, or its weighted sum.

    Returns: Σ w n / Σ n, in [0, 1].
    """
    return ratio((_weights(cells, weights) * cells).sum(axis=(-2, -1)), _total(cells))


def cohen_kappa(cells: FloatArray, weights: FloatArray | None = None) -> FloatArray:
    """Cohen's kappa of two judges, on the comparisons that both judged.

    Returns: (p_o - p_e) / (1 - p_e), at most 1, p_e = Σ w_ck p_c. p_.k; NaN where p_e = 1.
    Source: Cohen 1960, Educational and Psychological Measurement 20, eq. 1; weighted: Cohen 1968,
        Psychological Bulletin 70.
    """
    first, second = cells.sum(axis=-1), cells.sum(axis=-2)
    chance = _expected(first, second, _weights(cells, weights))
    expected = ratio(chance, _total(cells) ** 2)
    return beyond_chance(contingency_agreement(cells, weights), expected)


def scott_pi(cells: FloatArray, weights: FloatArray | None = None) -> FloatArray:
    """Scott's pi: as Cohen's kappa, but both judges are taken to have the same shares.

    Returns: p_e = Σ w_ck p_c p_k with p the mean of both judges' shares; NaN where p_e = 1.
    Source: Scott 1955, Public Opinion Quarterly 19.
    """
    shares = _mean_shares(cells)
    expected = _expected(shares, shares, _weights(cells, weights))
    return beyond_chance(contingency_agreement(cells, weights), expected)


def gwet_ac(cells: FloatArray, weights: FloatArray | None = None) -> FloatArray:
    """Gwet's AC1 of two judges, or AC2 with weights; the scale is all q categories.

    Returns: p_e = Σ w Σ_c p_c (1 - p_c) / (q (q - 1)); NaN where q < 2.
    Source: Gwet 2008, British Journal of Mathematical and Statistical Psychology 61; AC2: Gwet
        2014, Handbook of Inter-Rater Reliability, 4th ed., chapter 4.
    """
    shares, of_pairs = _mean_shares(cells), _weights(cells, weights)
    q = cells.shape[-1]
    spread = (shares * (1 - shares)).sum(axis=-1)
    expected = ratio(spread * of_pairs.sum(), np.full(spread.shape, q * (q - 1.0)))
    return beyond_chance(contingency_agreement(cells, weights), expected)


def brennan_prediger_of_two(cells: FloatArray, weights: FloatArray | None = None) -> FloatArray:
    """Brennan and Prediger's kappa of two judges: chance spreads evenly over the q categories.

    Returns: p_e = Σ w / q²; NaN where q < 2.
    Source: Brennan & Prediger 1981, Educational and Psychological Measurement 41.
    """
    observed = contingency_agreement(cells, weights)
    expected = np.full(observed.shape, _weights(cells, weights).mean())
    return beyond_chance(observed, expected)


def _weights(cells: FloatArray, weights: FloatArray | None) -> FloatArray:
    return np.eye(cells.shape[-1]) if weights is None else weights


def _total(cells: FloatArray) -> FloatArray:
    total: FloatArray = cells.sum(axis=(-2, -1))
    return total


def _mean_shares(cells: FloatArray) -> FloatArray:
    judged = cells.sum(axis=-1) + cells.sum(axis=-2)
    return ratio(judged, judged.sum(axis=-1, keepdims=True))


def _expected(first: FloatArray, second: FloatArray, weights: FloatArray) -> FloatArray:
    expected: FloatArray = ((first @ weights) * second).sum(axis=-1)
    return expected
