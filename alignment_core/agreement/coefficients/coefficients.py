"""Coefficients of agreement as pure functions of sums; `headline.py` makes figures of them.

Each takes `Moments` whose sums have leading shape (...) and returns that shape: one value for the
table, or one for each resample. 1 is complete agreement; NaN, which never leaves the package,
means that the sums do not determine the coefficient. n is the count of judgements of a category
in a comparison, r their number in all.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from alignment_core.agreement.figures.sums import Moments
from alignment_core.agreement.tables.columns import FloatArray

Coefficient = Callable[[Moments], FloatArray]


def percent_agreement(moments: Moments) -> FloatArray:
    """Share of the pairs of judgements of one comparison that agree, all pairs weighing the same.

    Args: moments: sums over comparisons, as `measure_agreement` gives them to a coefficient;
        leading dimensions, such as resamples, stay.
    Returns: Σ Σ_c n (n - 1) / Σ r (r - 1), in [0, 1]; comparisons with many judgements weigh more.
    """
    return ratio(moments.agreeing_pairs, moments.ordered_pairs)


def percent_agreement_by_comparison(moments: Moments) -> FloatArray:
    """Mean of each comparison's share of agreeing pairs, all comparisons weighing the same.

    Args: moments: sums over comparisons, as `measure_agreement` gives them to a coefficient;
        leading dimensions, such as resamples, stay.
    Returns: mean over comparisons with r >= 2 of Σ_c n (n - 1) / (r (r - 1)), in [0, 1].
    """
    return ratio(moments.share_agreeing, moments.n_shared)


def krippendorff_alpha(moments: Moments) -> FloatArray:
    """Krippendorff's alpha for nominal data, any number of judges, missing judgements allowed.

    Only comparisons with r >= 2 count; m_c are their judgements of category c, m in all.
    Args: moments: sums over comparisons, as `measure_agreement` gives them to a coefficient;
        leading dimensions, such as resamples, stay.
    Returns: 1 - D_o / D_e, at most 1, D_o = 1 - Σ (Σ_c n (n - 1) / (r - 1)) / m,
        D_e = 1 - Σ_c m_c (m_c - 1) / (m (m - 1)); NaN where one category is seen (D_e = 0).
    Source: Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, section C.
    """
    by_category = moments.shared_counts
    total = by_category.sum(axis=-1)
    observed = total - moments.coincidences
    expected = total**2 - (by_category**2).sum(axis=-1)  # = m (m - 1) D_e, as Σ m_c = m
    return 1 - ratio(observed * (total - 1), expected)


def fleiss_kappa(moments: Moments) -> FloatArray:
    """Fleiss' kappa generalised to a number of judgements that varies between comparisons.

    Observed agreement is the mean over comparisons with r >= 2; chance agreement comes from the
    mean share p_c = mean(n / r) over all comparisons with r >= 1. With equal r it is Fleiss 1971.
    Args: moments: sums over comparisons, as `measure_agreement` gives them to a coefficient;
        leading dimensions, such as resamples, stay.
    Returns: (p_a - p_e) / (1 - p_e), at most 1, p_e = Σ_c p_c²; NaN where p_e = 1.
    Source: Fleiss 1971, Psychological Bulletin 76, 378-382; variable r: Gwet 2014, Handbook of
        Inter-Rater Reliability, 4th ed., chapter 2.
    """
    shares = _mean_shares(moments)
    expected: FloatArray = (shares**2).sum(axis=-1)
    return beyond_chance(percent_agreement_by_comparison(moments), expected)


def gwet_ac1(moments: Moments) -> FloatArray:
    """Gwet's AC1, which keeps its meaning where one category is far more frequent than the rest.

    Args: moments: sums over comparisons, as `measure_agreement` gives them to a coefficient;
        leading dimensions, such as resamples, stay.
    Returns: (p_a - p_e) / (1 - p_e), at most 1, p_a as in Fleiss' kappa, p_e = Σ_c p_c (1 - p_c)
        / (q - 1) with q categories on the scale; NaN where q < 2.
    Source: Gwet 2008, British Journal of Mathematical and Statistical Psychology 61, 29-48;
        variable r: Gwet 2014, Handbook of Inter-Rater Reliability, 4th ed., chapter 2.
    """
    shares = _mean_shares(moments)
    spread = (shares * (1 - shares)).sum(axis=-1)
    expected = ratio(spread, np.full(spread.shape, moments.n_scale - 1.0))
    return beyond_chance(percent_agreement_by_comparison(moments), expected)


def brennan_prediger(moments: Moments) -> FloatArray:
    """Brennan and Prediger's kappa: chance is one in q, whatever the categories' shares.

    Args: moments: sums over comparisons, as `measure_agreement` gives them to a coefficient;
        leading dimensions, such as resamples, stay.
    Returns: (p_a - 1 / q) / (1 - 1 / q), at most 1, p_a as in Fleiss' kappa, q categories on the
        scale; NaN where q < 2.
    Source: Brennan & Prediger 1981, Educational and Psychological Measurement 41, 687-699.
    """
    observed = percent_agreement_by_comparison(moments)
    if moments.n_scale < 2:
        return np.full(observed.shape, np.nan)
    return beyond_chance(observed, np.full(observed.shape, 1 / moments.n_scale))


CHANCE_CORRECTED: tuple[Coefficient, ...] = (
    krippendorff_alpha,
    fleiss_kappa,
    gwet_ac1,
    brennan_prediger,
)
CHANCE_FROM_SHARES: tuple[Coefficient, ...] = (krippendorff_alpha, fleiss_kappa)
HEADLINE: tuple[Coefficient, ...] = (
    percent_agreement,
    percent_agreement_by_comparison,
    krippendorff_alpha,
    fleiss_kappa,
    gwet_ac1,
)


def _mean_shares(moments: Moments) -> FloatArray:
    return ratio(moments.rated_shares, moments.n_rated[..., None])


def beyond_chance(observed: FloatArray, expected: FloatArray) -> FloatArray:
    """(p_a - p_e) / (1 - p_e), NaN where p_e = 1."""
    return ratio(observed - expected, 1 - expected)


def ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """above / below, NaN where below is 0."""
    above, below = np.broadcast_arrays(above, below)
    found: FloatArray = np.full(above.shape, np.nan)
    np.divide(above, below, out=found, where=below != 0)
    return found
