"""Headline figures of a table: coefficients with bootstrap intervals from one set of resamples."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from alignment_core.agreement.coefficients.coefficients import (
    CHANCE_CORRECTED,
    CHANCE_FROM_SHARES,
    HEADLINE,
    Coefficient,
    krippendorff_alpha,
    percent_agreement,
)
from alignment_core.agreement.figures.figure import Figure
from alignment_core.agreement.figures.measured import Measured, measure_sums
from alignment_core.agreement.figures.setting_checks import check_whole
from alignment_core.agreement.figures.sums import Moments, comparison_sums
from alignment_core.agreement.redundancy import caution_of_votes, with_caution
from alignment_core.agreement.tables.columns import FloatArray
from alignment_core.agreement.tables.table import JudgementTable


def measure_agreement(
    table: JudgementTable,
    coefficients: Sequence[Coefficient] = HEADLINE,
    *,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
    n_categories: int | None = None,
) -> dict[str, Figure]:
    """Coefficients of a table, each with an interval; all of them share one set of resamples.

    Where verdicts decided how often a comparison was judged, every figure is bent: each carries the
    caution `votes_decided`, and a UserWarning says so. `without_selected` gives the table to use.

    The bootstrap draws prompts where the table knows them, else comparisons, so the intervals
    speak of other prompts judged by the same annotators.

    Args:
        coefficients: functions of `coefficients.py`.
        level: of the intervals, in (0, 1). n_resamples: at least 2. seed: the same seed and
            judgements give the same intervals, in whatever order they come.
        n_categories: how many categories the scale offers, for AC1 and Brennan and Prediger;
            default: those observed.
    Returns: a figure for each coefficient, by the function's name.
    Raises: ValueError if a setting is out of range.
    """
    caution = caution_of_votes(table)
    if caution is not None:
        warnings.warn(
            "verdicts decided how often a comparison was judged, which bends every coefficient: "
            "measure without_selected(table, detect_redundancy(table))",
            stacklevel=2,
        )
    figures = headline_figures(
        table,
        coefficients,
        level=level,
        n_resamples=n_resamples,
        seed=seed,
        n_categories=n_categories,
    )
    return with_caution(figures, caution)


def headline_figures(
    table: JudgementTable,
    coefficients: Sequence[Coefficient] = HEADLINE,
    *,
    level: float,
    n_resamples: int,
    seed: int,
    n_categories: int | None,
) -> dict[str, Figure]:
    """As `measure_agreement`, for whoever has looked at the redundancy already."""
    observed = int((table.counts.sum(axis=0) > 0).sum())
    if n_categories is not None:
        check_whole("n_categories", n_categories, least=0)
    if n_categories is not None and n_categories < observed:
        raise ValueError(f"{n_categories=}, but {observed} categories are observed")
    n_scale = observed if n_categories is None else n_categories
    measured = {
        coefficient.__name__: _measured(coefficient, n_scale) for coefficient in coefficients
    }
    return measure_sums(
        table, comparison_sums, measured, level=level, n_resamples=n_resamples, seed=seed
    )


def _measured(coefficient: Coefficient, n_scale: int) -> Measured:
    def statistic(sums: FloatArray) -> FloatArray:
        return coefficient(Moments(sums, n_scale))

    def weight(sums: FloatArray) -> FloatArray:
        return WEIGHT.get(coefficient, _comparisons)(Moments(sums, n_scale))

    return Measured(
        statistic,
        weight,
        is_beyond_chance=coefficient in CHANCE_CORRECTED,
        is_of_shares=coefficient in CHANCE_FROM_SHARES,
        least=-1.0 if coefficient in CHANCE_CORRECTED else 0.0,
    )


def _comparisons(moments: Moments) -> FloatArray:
    return moments.n_shared


def _pairs(moments: Moments) -> FloatArray:
    return moments.ordered_pairs


def _judgements(moments: Moments) -> FloatArray:
    total: FloatArray = moments.shared_counts.sum(axis=-1)
    return total


# What a cluster weighs in a coefficient; comparisons where it is not among these.
WEIGHT: dict[Coefficient, Coefficient] = {
    percent_agreement: _pairs,
    krippendorff_alpha: _judgements,
}
