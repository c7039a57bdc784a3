"""Headline figures of a table: coefficients with bootstrap intervals from one set of resamples."""

from __future__ import annotations

from collections.abc import Sequence

from alignment_core.agreement.coefficients.coefficients import (
    CHANCE_CORRECTED,
    HEADLINE,
    Coefficient,
    percent_agreement,
)
from alignment_core.agreement.figures.figure import Figure
from alignment_core.agreement.figures.measured import Measured, measure_sums
from alignment_core.agreement.figures.setting_checks import check_whole
from alignment_core.agreement.figures.sums import Moments, comparison_sums
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

    def n_pairs(sums: FloatArray) -> FloatArray:
        return Moments(sums, n_scale).ordered_pairs

    return Measured(
        statistic,
        is_beyond_chance=coefficient in CHANCE_CORRECTED,
        weight=n_pairs if coefficient is percent_agreement else None,
    )
