"""From sums over comparisons to figures: one set of resamples for all statistics of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from alignment_core.agreement.figures.cluster_intervals import cluster_interval, n_counting
from alignment_core.agreement.figures.figure import (
    BOOTSTRAP_BCA,
    NO_JUDGEMENTS,
    NOTHING_SHARED,
    ONE_CATEGORY,
    ONE_COMPARISON,
    RARE_VERDICTS,
    SINGLE_ANNOTATOR,
    Figure,
    worst_caution,
)
from alignment_core.agreement.figures.intervals import (
    Clusters,
    Interval,
    Statistic,
    resample_sums,
)
from alignment_core.agreement.figures.lopsided import rarest_verdict, reach_unseen
from alignment_core.agreement.figures.setting_checks import check_resampling
from alignment_core.agreement.figures.sums import (
    Moments,
    comparison_sums,
    distinct_patterns,
    pattern_of_each,
)
from alignment_core.agreement.tables.columns import FloatArray, IntArray, encode_keys, stable_order
from alignment_core.agreement.tables.table import JudgementTable

# Counts (n_comparisons, q) to sums (n_comparisons, …), of which the second is 1 where it is shared.
SumsOf = Callable[[IntArray], FloatArray]


@dataclass(frozen=True, eq=False)
class Measured:
    """A statistic of sums over comparisons.

    weight: what a cluster's sums weigh in it.
    is_beyond_chance: it estimates chance from the table, so one comparison is not enough.
    is_of_shares: it takes chance from the shares of the verdicts, which a few rare ones change.
    least: below which it cannot lie.
    """

    statistic: Statistic
    weight: Statistic
    is_beyond_chance: bool
    is_of_shares: bool = False
    least: float = -1.0


def measure_sums(
    table: JudgementTable,
    sums_of: SumsOf,
    measured: Mapping[str, Measured],
    *,
    level: float,
    n_resamples: int,
    seed: int,
) -> dict[str, Figure]:
    """A figure for each statistic, by name; NaN from a statistic means one category was seen.

    Raises: ValueError if a setting is out of range.
    """
    check_resampling(level=level, n_resamples=n_resamples, seed=seed)
    moments = moments_of(table)
    nothing = why_nothing(table, moments)
    clusters = clusters_of(table, sums_of)
    resamples = None
    if nothing is None:
        rng = np.random.default_rng(seed)
        resamples = resample_sums(clusters, n_resamples=n_resamples, rng=rng)
    figures = {}
    n_prompts = n_counting(clusters, clusters.sums[:, 1])
    rarest = rarest_verdict(moments.shared_counts, n_prompts)
    for name, entry in measured.items():
        value, undefined = _value(entry, clusters, moments, nothing)
        interval = Interval(None, None, None)
        is_lopsided = rarest is not None and entry.is_of_shares
        if value is not None and resamples is not None:
            interval = Interval(None, None, ONE_COMPARISON)
            weights = entry.weight(clusters.sums)
            if moments.n_shared > 1:
                interval = cluster_interval(
                    clusters,
                    resamples,
                    entry.statistic,
                    level=level,
                    weights=weights,
                    least=entry.least,
                )
            if is_lopsided:
                interval = reach_unseen(
                    interval,
                    clusters,
                    resamples,
                    entry.statistic,
                    sums_of(_alike(moments, rarest))[0] * usual_comparisons(moments, n_prompts),
                    level=level,
                    weights=weights,
                    least=entry.least,
                    rng=np.random.default_rng(seed),
                )
        figures[name] = table_figure(
            table,
            moments,
            value,
            undefined,
            interval,
            level=level,
            method=interval.method or BOOTSTRAP_BCA,
            is_lopsided=is_lopsided,
        )
    return figures


def usual_comparisons(moments: Moments, n_prompts: int) -> int:
    """Shared comparisons of a prompt that has as many as most."""
    return max(1, round(float(moments.n_shared) / max(n_prompts, 1)))


def _alike(moments: Moments, category: int | None) -> IntArray:
    """Counts of a comparison of usual size on which all give this verdict, (1, q)."""
    counts = moments.shared_counts
    row = np.zeros((1, len(counts)), dtype=np.int64)
    row[0, category] = max(2, round(float(counts.sum() / moments.n_shared)))
    return row


def moments_of(table: JudgementTable) -> Moments:
    """The table's sums, with its categories as the scale."""
    return Moments(comparison_sums(table.counts).sum(axis=0), len(table.categories))


def table_figure(
    table: JudgementTable,
    moments: Moments,
    value: float | None,
    undefined: str | None,
    interval: Interval,
    *,
    level: float,
    method: str,
    is_lopsided: bool = False,
) -> Figure:
    """A figure of a whole table, which rests on its shared comparisons."""
    rare = RARE_VERDICTS if is_lopsided and value is not None else None
    counts = moments.shared_counts
    total = counts.sum()
    return Figure(
        value=value,
        low=interval.low,
        high=interval.high,
        level=level,
        n_comparisons=int(moments.n_shared),
        n_judgements=int(total),
        n_pairs=int(moments.ordered_pairs) // 2,
        prevalence=dict(zip(table.categories, (counts / (total or 1)).tolist(), strict=True))
        if total
        else {},
        undefined=undefined,
        interval_undefined=interval.undefined,
        method=method,
        caution=worst_caution(rare, interval.caution),
    )


def clusters_of(table: JudgementTable, sums_of: SumsOf) -> Clusters:
    """What the bootstrap draws: prompts where the table knows them, else comparisons."""
    rated = table.counts.sum(axis=1) > 0
    counts = table.counts[rated]
    if table.prompts is not None:
        prompts, owner = encode_keys(table.prompts[rated])
        if len(prompts) < len(counts):
            return _distinct_prompts(counts, owner, len(prompts), sums_of)
    patterns, frequencies = distinct_patterns(counts)
    return Clusters(sums_of(patterns), frequencies)


def _distinct_prompts(
    counts: IntArray, owner: IntArray, n_prompts: int, sums_of: SumsOf
) -> Clusters:
    """Prompts whose comparisons show the same patterns of verdicts, taken together.

    A prompt's patterns are told apart by the sum of a random number each; that this told all of
    them apart is checked.
    """
    patterns, pattern = pattern_of_each(counts)
    shape = n_prompts, len(patterns)
    shown = csr_array((np.ones(len(counts)), (owner, pattern)), shape=shape)
    shown.sum_duplicates()
    numbers = np.random.default_rng(0).integers(0, 2**63, len(patterns), dtype=np.uint64)
    order = stable_order(owner, n_prompts)
    starts = np.searchsorted(owner[order], np.arange(n_prompts))
    marks = np.add.reduceat(numbers[pattern][order], starts)  # whatever their order
    _, first, alike, frequencies = np.unique(
        marks, return_index=True, return_inverse=True, return_counts=True
    )
    sums = sums_of(patterns)
    if abs(shown - shown[first][alike]).sum() > 0:
        return Clusters(shown @ sums, np.ones(n_prompts, dtype=np.int64))
    return Clusters(shown[first] @ sums, frequencies.astype(np.int64))


def sums_by_owner(sums: FloatArray, owner: IntArray, n_owners: int) -> FloatArray:
    """Rows of sums added up by owner, shape (n_owners, n_sums)."""
    columns = [np.bincount(owner, column, minlength=n_owners) for column in sums.T]
    return np.stack(columns, axis=1)


def why_nothing(table: JudgementTable, moments: Moments) -> str | None:
    """Why the table determines no agreement at all; None if it does."""
    if not table.n_judgements:
        return NO_JUDGEMENTS
    if moments.n_shared > 0:
        return None
    is_of_one = table.annotators is not None and len(table.annotators) == 1
    return SINGLE_ANNOTATOR if is_of_one else NOTHING_SHARED


def _value(
    entry: Measured, clusters: Clusters, moments: Moments, nothing: str | None
) -> tuple[float | None, str | None]:
    if nothing is not None:
        return None, nothing
    if entry.is_beyond_chance and moments.n_shared == 1:
        return None, ONE_COMPARISON
    value = float(entry.statistic(clusters.total))
    return (value, None) if np.isfinite(value) else (None, ONE_CATEGORY)
