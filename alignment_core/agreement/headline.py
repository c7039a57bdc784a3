"""Headline figures of a table: coefficients with bootstrap intervals from one set of resamples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from alignment_core.agreement.coefficients import CHANCE_CORRECTED, HEADLINE, Coefficient
from alignment_core.agreement.figure import (
    BOOTSTRAP_BCA,
    NO_JUDGEMENTS,
    NOTHING_SHARED,
    ONE_CATEGORY,
    ONE_COMPARISON,
    SINGLE_ANNOTATOR,
    Figure,
)
from alignment_core.agreement.intervals import (
    Clusters,
    Interval,
    bca_interval,
    check_interval_settings,
    resample_sums,
)
from alignment_core.agreement.moments import Moments, comparison_sums, distinct_patterns
from alignment_core.agreement.table import FloatArray, JudgementTable


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
        n_categories: how many categories the scale offers, for AC1; default: those observed.
    Returns: a figure for each coefficient, by the function's name.
    Raises: ValueError if a setting is out of range.
    """
    check_interval_settings(level=level, n_resamples=n_resamples)
    observed = int((table.counts.sum(axis=0) > 0).sum())
    if n_categories is not None and n_categories < observed:
        raise ValueError(f"{n_categories=}, but {observed} categories are observed")
    n_scale = observed if n_categories is None else n_categories
    clusters = _clusters(table)
    moments = Moments(clusters.total, n_scale)
    nothing = _why_nothing(table, moments)
    resamples = None
    if nothing is None:
        rng = np.random.default_rng(seed)
        resamples = resample_sums(clusters, n_resamples=n_resamples, rng=rng)
    prevalence = _prevalence(table, moments)
    figures = {}
    for coefficient in coefficients:
        value, undefined = _value(coefficient, moments, nothing)
        interval = Interval(None, None, None)
        if value is not None and resamples is not None:
            interval = _interval(coefficient, clusters, resamples, moments, level)
        figures[coefficient.__name__] = Figure(
            value=value,
            low=interval.low,
            high=interval.high,
            level=level,
            n_comparisons=int(moments.n_shared),
            n_judgements=int(moments.shared_counts.sum()),
            n_pairs=int(moments.ordered_pairs) // 2,
            prevalence=prevalence,
            undefined=undefined,
            interval_undefined=interval.undefined,
            method=BOOTSTRAP_BCA,
        )
    return figures


def _clusters(table: JudgementTable) -> Clusters:
    rated = table.counts.sum(axis=1) > 0
    counts = table.counts[rated]
    if table.prompts is not None:
        prompts, owner = np.unique(table.prompts[rated], return_inverse=True)
        if len(prompts) < len(counts):
            columns = comparison_sums(counts).T
            sums = [np.bincount(owner, column, minlength=len(prompts)) for column in columns]
            return Clusters(np.stack(sums, axis=1), np.ones(len(prompts), dtype=np.int64))
    patterns, frequencies = distinct_patterns(counts)
    return Clusters(comparison_sums(patterns), frequencies)


def _why_nothing(table: JudgementTable, moments: Moments) -> str | None:
    if not table.n_judgements:
        return NO_JUDGEMENTS
    if moments.n_shared > 0:
        return None
    return SINGLE_ANNOTATOR if _is_of_one_annotator(table) else NOTHING_SHARED


def _is_of_one_annotator(table: JudgementTable) -> bool:
    return table.annotators is not None and len(table.annotators) == 1


def _value(
    coefficient: Coefficient, moments: Moments, nothing: str | None
) -> tuple[float | None, str | None]:
    if nothing is not None:
        return None, nothing
    if coefficient in CHANCE_CORRECTED and moments.n_shared == 1:
        return None, ONE_COMPARISON
    value = float(coefficient(moments))
    return (value, None) if np.isfinite(value) else (None, ONE_CATEGORY)


def _interval(
    coefficient: Coefficient,
    clusters: Clusters,
    resamples: FloatArray,
    moments: Moments,
    level: float,
) -> Interval:
    if moments.n_shared == 1:
        return Interval(None, None, ONE_COMPARISON)

    def statistic(sums: FloatArray) -> FloatArray:
        return coefficient(Moments(sums, moments.n_scale))

    return bca_interval(clusters, resamples, statistic, level=level)


def _prevalence(table: JudgementTable, moments: Moments) -> dict[str, float]:
    counts = moments.shared_counts
    if not counts.sum():
        return {}
    shares = (counts / counts.sum()).tolist()
    return dict(zip(table.categories, shares, strict=True))
