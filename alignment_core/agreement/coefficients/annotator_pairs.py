"""Agreement of each pair of annotators, on the comparisons that both judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from alignment_core.agreement.coefficients.contingency import cohen_kappa, contingency_agreement
from alignment_core.agreement.figures.cluster_intervals import cluster_interval, n_counting
from alignment_core.agreement.figures.figure import (
    ANNOTATORS_UNKNOWN,
    BOOTSTRAP_BCA,
    NOTHING_SHARED,
    ONE_CATEGORY,
    ONE_COMPARISON,
    RARE_VERDICTS,
    Figure,
    worst_caution,
)
from alignment_core.agreement.figures.intervals import (
    Clusters,
    Interval,
    resample_sums,
)
from alignment_core.agreement.figures.lopsided import both_give, rarest_verdict, reach_unseen
from alignment_core.agreement.figures.setting_checks import check_resampling, check_whole
from alignment_core.agreement.redundancy import caution_of_votes, with_caution
from alignment_core.agreement.tables.columns import encode_keys, stable_order
from alignment_core.agreement.tables.table import (
    FloatArray,
    IntArray,
    JudgementRows,
    JudgementTable,
)

CellStatistic = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class AnnotatorPair:
    """Two annotators by key, and how they agree."""

    first: Any
    second: Any
    percent_agreement: Figure
    cohen_kappa: Figure


@dataclass(frozen=True)
class PairMatrix:
    """Pairs of annotators, those who share most first.

    n_sharing: how many pairs share a comparison, which may be more than are listed.
    undefined: why there are none (a key of UNDEFINED_REASONS), or None.
    """

    pairs: tuple[AnnotatorPair, ...]
    n_sharing: int
    undefined: str | None


@dataclass(frozen=True, eq=False)
class _SharedComparisons:
    """One entry for each comparison and pair that judged it; first < second in table order."""

    first: IntArray
    second: IntArray
    cell: IntArray  # first's category * n_categories + second's
    comparison: IntArray


def measure_pairs(
    table: JudgementTable,
    *,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
    max_pairs: int = 300,
) -> PairMatrix:
    """Percent agreement and Cohen's kappa of pairs of annotators, pairwise complete.

    Args: table, level, n_resamples and seed as `measure_agreement`. max_pairs:
        where there are more pairs than this, only those that share most comparisons are listed;
        otherwise all, also those that share nothing.
    Returns: figures whose n_pairs equals their n_comparisons: one pair of judgements each.
    Raises: ValueError if a setting is out of range.
    """
    check_resampling(level=level, n_resamples=n_resamples, seed=seed)
    check_whole("max_pairs", max_pairs, least=0)
    if table.rows is None:
        return PairMatrix((), 0, ANNOTATORS_UNKNOWN)
    shared = _shared_comparisons(table.rows, len(table.categories))
    annotators = table.rows.annotators
    n_annotators = len(annotators)
    codes, group = encode_keys(shared.first * n_annotators + shared.second)
    sizes = np.bincount(group, minlength=len(codes))
    order, ends = stable_order(group, len(codes)), np.cumsum(sizes)
    entries_of = dict(zip(codes.tolist(), map(slice, ends - sizes, ends), strict=True))
    pairs, caution = [], caution_of_votes(table)
    for code in _listed(codes, sizes, n_annotators, max_pairs):
        first, second = divmod(code, n_annotators)
        clusters = _clusters(table, shared, order[entries_of.get(code, slice(0))])
        rng = np.random.default_rng([seed, first, second])  # whoever else is in the table
        figures = with_caution(_figures(table, clusters, level, n_resamples, rng), caution)
        pairs.append(AnnotatorPair(annotators[first], annotators[second], **figures))
    return PairMatrix(tuple(pairs), len(codes), None)


def _shared_comparisons(rows: JudgementRows, n_categories: int) -> _SharedComparisons:
    parts = list(_partners(rows.comparison))
    left = np.concatenate([part[0] for part in parts])
    right = np.concatenate([part[1] for part in parts])
    return _SharedComparisons(
        first=rows.annotator[left],
        second=rows.annotator[right],
        cell=rows.category[left] * n_categories + rows.category[right],
        comparison=rows.comparison[left],
    )


def _partners(comparison: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Positions (i, j), i < j, of rows of one comparison, nearest first; rows are sorted by it."""
    rows = np.arange(len(comparison))
    yield rows[:0], rows[:0]
    distance = 1
    while len(rows):
        rows = rows[: np.searchsorted(rows, len(comparison) - distance)]
        rows = rows[comparison[rows + distance] == comparison[rows]]
        yield rows, rows + distance
        distance += 1


def _listed(codes: IntArray, sizes: IntArray, n_annotators: int, max_pairs: int) -> list[int]:
    listed: list[int] = codes[np.argsort(-sizes, kind="stable")].tolist()
    if n_annotators * (n_annotators - 1) // 2 > max_pairs:
        return listed[:max_pairs]
    apart = {a * n_annotators + b for b in range(n_annotators) for a in range(b)} - set(listed)
    return listed + sorted(apart)


def _clusters(table: JudgementTable, shared: _SharedComparisons, entries: IntArray) -> Clusters:
    n_cells = len(table.categories) ** 2
    cell = shared.cell[entries]
    if table.prompts is None:
        counts = np.bincount(cell, minlength=n_cells)
        seen = np.flatnonzero(counts)
        return Clusters(np.eye(n_cells)[seen], counts[seen])
    prompts, owner = np.unique(table.prompts[shared.comparison[entries]], return_inverse=True)
    counts = np.bincount(owner * n_cells + cell, minlength=len(prompts) * n_cells)
    sums = counts.reshape(len(prompts), n_cells).astype(np.float64)
    return Clusters(sums, np.ones(len(prompts), dtype=np.int64))


def _figures(
    table: JudgementTable,
    clusters: Clusters,
    level: float,
    n_resamples: int,
    rng: np.random.Generator,
) -> dict[str, Figure]:
    cells = _square(clusters.total)
    n = round(float(cells.sum()))
    resamples = resample_sums(clusters, n_resamples=n_resamples, rng=rng) if n > 1 else None
    judged = cells.sum(axis=0) + cells.sum(axis=1)
    prevalence = {
        name: float(share)
        for name, share in zip(table.categories, judged / (2 * n) if n else [], strict=False)
    }

    weights = clusters.sums.sum(axis=1)
    n_prompts = n_counting(clusters, weights)
    rarest = rarest_verdict(judged, n_prompts)
    of_prompt = max(1, round(n / max(n_prompts, 1)))

    def figure(statistic: CellStatistic, *, n_needed: int) -> Figure:
        value = float(statistic(cells)) if n >= n_needed else float("nan")
        undefined = None
        if np.isnan(value):
            undefined = {0: NOTHING_SHARED, 1: ONE_COMPARISON}.get(n, ONE_CATEGORY)
        interval = Interval(None, None, ONE_COMPARISON if n == 1 else None)
        rare = RARE_VERDICTS if rarest is not None and statistic is cohen_kappa else None
        if undefined is None and resamples is not None:
            least = 0.0 if statistic is contingency_agreement else -1.0
            interval = cluster_interval(
                clusters,
                resamples,
                lambda sums: statistic(_square(sums)),
                level=level,
                weights=weights,
                least=least,
            )
            if rare is not None:
                interval = reach_unseen(
                    interval,
                    clusters,
                    resamples,
                    lambda sums: statistic(_square(sums)),
                    both_give(rarest, len(cells)) * of_prompt,
                    level=level,
                    weights=weights,
                    least=least,
                    rng=rng,
                )
        return Figure(
            value=None if undefined else value,
            low=interval.low,
            high=interval.high,
            level=level,
            n_comparisons=n,
            n_judgements=2 * n,
            n_pairs=n,
            prevalence=prevalence,
            undefined=undefined,
            interval_undefined=None if undefined else interval.undefined,
            method=interval.method or BOOTSTRAP_BCA,
            caution=None if undefined else worst_caution(rare, interval.caution),
        )

    return {
        "percent_agreement": figure(contingency_agreement, n_needed=1),
        "cohen_kappa": figure(cohen_kappa, n_needed=2),
    }


def _square(sums: FloatArray) -> FloatArray:
    n_categories = int(np.sqrt(sums.shape[-1]))
    return sums.reshape(*sums.shape[:-1], n_categories, n_categories)
