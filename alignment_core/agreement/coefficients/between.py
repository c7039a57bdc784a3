"""Agreement of two sides of a table: two people, two cohorts, people and a model, then and now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from alignment_core.agreement.coefficients.contingency import (
    brennan_prediger_of_two,
    cohen_kappa,
    cohen_kappa_error,
    contingency_agreement,
    gwet_ac,
    scott_pi,
)
from alignment_core.agreement.coefficients.verdict_weights import agreement_weights
from alignment_core.agreement.figures.figure import (
    ANNOTATORS_UNKNOWN,
    BOOTSTRAP_BCA,
    DELTA,
    NO_JUDGEMENTS,
    NO_REPEATS,
    NO_VARIATION,
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
    bca_interval,
    resample_sums,
)
from alignment_core.agreement.figures.lopsided import both_give, rarest_verdict, reach_unseen
from alignment_core.agreement.figures.measured import sums_by_owner
from alignment_core.agreement.figures.setting_checks import check_resampling
from alignment_core.agreement.redundancy import caution_of_votes, with_caution
from alignment_core.agreement.tables.columns import FloatArray, IntArray, Keys
from alignment_core.agreement.tables.keys import key_selection
from alignment_core.agreement.tables.table import JudgementTable

OF_TWO = {
    "percent_agreement": contingency_agreement,
    "cohen_kappa": cohen_kappa,
    "scott_pi": scott_pi,
    "gwet_ac": gwet_ac,
    "brennan_prediger": brennan_prediger_of_two,
}
CHANCE_FROM_SHARES = ("cohen_kappa", "scott_pi")


@dataclass(frozen=True, eq=False)
class _Settings:
    weights: FloatArray
    level: float
    n_resamples: int
    seed: int
    is_analytic: bool = False


def measure_between(
    table: JudgementTable,
    first: Collection[Any],
    second: Collection[Any],
    *,
    weights: str | npt.ArrayLike = "identity",
    values: npt.ArrayLike | None = None,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
    is_analytic: bool = False,
    is_pooled: bool = False,
) -> dict[str, Figure]:
    """Agreement between two groups of annotators, not within them.

    On each comparison that both groups judged, every judgement of one is set beside every one of
    the other, and the comparison counts once, or, where it is pooled, each pair of judgements.
    With one annotator in each, the figures are those of two judges; a cohort against another, or
    people against a model, are larger groups. Those whom the table does not know are passed over.

    Args: table: with annotators. first, second: keys of the annotators of each group. weights and
        values as `measure_weighted`; level, n_resamples, seed as `measure_agreement`.
        is_pooled: comparisons with many judgements weigh more, as in pooled percent agreement.
        is_analytic: give Cohen's kappa the interval of its large-sample error (Fleiss, Cohen &
        Everitt 1969), which holds for two judges on comparisons that are drawn independently.
    Returns: figures by name: percent_agreement (weighted), cohen_kappa (each group with its own
        shares), scott_pi, gwet_ac, brennan_prediger; n_pairs are pairs across the groups.
    Raises: ValueError if somebody is in both groups, a key is missing or of another kind than the
        table's, a setting is out of range, or an analytic interval is asked for where prompts have
        several comparisons or groups several judges.
    Source: Schouten 1982, Statistica Neerlandica 36 (agreement between groups of judges).
    """
    groups = _groups(table, {"first": first, "second": second})
    both = groups[0] & groups[1]
    if both:
        raise ValueError(f"annotator {sorted(both, key=str)[0]!s} is in both groups")
    of_pairs = agreement_weights(weights, table.categories, values)
    settings = _Settings(of_pairs, level, n_resamples, seed, is_analytic)
    q = len(table.categories)
    if table.rows is None:
        nothing = ANNOTATORS_UNKNOWN if table.n_judgements else NO_JUDGEMENTS
        return _figures(table, np.zeros((0, q * q)), None, 0, settings, nothing)
    counts = [_counts_of(table, group) for group in groups]
    sizes = [of_group.sum(axis=1) for of_group in counts]
    shared = np.flatnonzero((sizes[0] > 0) & (sizes[1] > 0))
    shares = [
        c[shared] / (1 if is_pooled else s[shared, None])
        for c, s in zip(counts, sizes, strict=True)
    ]
    cells = (shares[0][:, :, None] * shares[1][:, None, :]).reshape(len(shared), q * q)
    n_pairs = int((sizes[0] * sizes[1]).sum())
    if is_analytic and n_pairs > len(shared):
        raise ValueError("an analytic interval needs one judge in each group")
    prompts = None if table.prompts is None else table.prompts[shared]
    n_judgements = int(sizes[0][shared].sum() + sizes[1][shared].sum())
    found = _figures(table, cells, prompts, n_pairs, settings, NOTHING_SHARED, n_judgements)
    return with_caution(found, caution_of_votes(table))


def measure_repeats(
    table: JudgementTable,
    *,
    annotator: Any = None,
    weights: str | npt.ArrayLike = "identity",
    values: npt.ArrayLike | None = None,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Figure]:
    """How far people agree with themselves: each repeat beside the first judgement.

    Args: annotator: one alone; default everybody. table, weights, values, level, n_resamples and
        seed as `measure_between`.
    Returns: the figures of `measure_between`; `undefined` is no_repeats where nobody judged twice.
    """
    of_pairs = agreement_weights(weights, table.categories, values)
    settings = _Settings(of_pairs, level, n_resamples, seed)
    asked = (
        set() if annotator is None else key_selection([annotator], "annotator", table.annotators)
    )
    q, rows, repeats = len(table.categories), table.rows, table.repeats
    if rows is None or repeats is None:
        return _figures(table, np.zeros((0, q * q)), None, 0, settings, NO_REPEATS)
    n_annotators = len(rows.annotators)
    first = rows.comparison * n_annotators + rows.annotator  # sorted, as the rows are
    again = repeats.comparison * n_annotators + repeats.annotator
    place = np.minimum(np.searchsorted(first, again), len(first) - 1)
    paired = first[place] == again
    if annotator is not None:
        is_asked = np.array([key in asked for key in rows.annotators.tolist()], dtype=bool)
        paired &= is_asked[repeats.annotator]
    code = rows.category[place[paired]] * q + repeats.category[paired]
    comparison = repeats.comparison[paired]
    keys = table.comparisons if table.prompts is None else table.prompts
    n = len(code)
    return _figures(table, np.eye(q * q)[code], keys[comparison], n, settings, NO_REPEATS, 2 * n)


def _groups(table: JudgementTable, named: Mapping[str, Collection[Any]]) -> list[set[Any]]:
    return [key_selection(group, name, table.annotators) for name, group in named.items()]


def _counts_of(table: JudgementTable, group: set[Any]) -> IntArray:
    """Judgements of a group by comparison and category."""
    rows, q = table.rows, len(table.categories)
    if rows is None:
        raise ValueError("groups need judgements with their annotators")
    is_in = np.array([key in group for key in rows.annotators.tolist()], dtype=bool)
    taken = is_in[rows.annotator]
    code = rows.comparison[taken] * q + rows.category[taken]
    counted = np.bincount(code, minlength=len(table.comparisons) * q)
    return counted.reshape(len(table.comparisons), q).astype(np.int64)


def _figures(
    table: JudgementTable,
    cells: FloatArray,
    prompts: Keys | None,
    n_pairs: int,
    settings: _Settings,
    nothing: str,
    n_judgements: int = 0,
) -> dict[str, Figure]:
    """Figures of cells (n_comparisons, q²), one row a comparison; prompts keep rows together."""
    level, n_resamples = settings.level, settings.n_resamples
    check_resampling(level=level, n_resamples=n_resamples, seed=settings.seed)
    n, q = len(cells), len(table.categories)
    sums = cells
    if prompts is not None:
        keys, owner = np.unique(prompts, return_inverse=True)
        sums = sums_by_owner(cells, owner, len(keys))
        if settings.is_analytic and len(keys) < n:
            raise ValueError("an analytic interval needs prompts with one comparison each")
    clusters = Clusters(sums, np.ones(len(sums), dtype=np.int64))
    rng = np.random.default_rng(settings.seed)
    resamples = resample_sums(clusters, n_resamples=n_resamples, rng=rng) if n > 1 else None
    total = _square(clusters.total, q)
    judged = (total.sum(axis=0) + total.sum(axis=1)) / (2 * total.sum()) if n else np.zeros(0)
    rarest = rarest_verdict(judged, n)
    found = {}
    for name, coefficient in OF_TWO.items():
        statistic = partial(coefficient, weights=settings.weights)
        needed = 1 if coefficient is contingency_agreement else 2
        value = float(statistic(total)) if n >= needed else float("nan")
        undefined = None
        if np.isnan(value):
            undefined = {0: nothing, 1: ONE_COMPARISON}.get(n, ONE_CATEGORY)
        interval = Interval(None, None, ONE_COMPARISON if n == 1 else None)
        rare = RARE_VERDICTS if rarest is not None and name in CHANCE_FROM_SHARES else None
        if undefined is None and resamples is not None:
            of_sums = partial(_of_sums, statistic, q)
            interval = bca_interval(clusters, resamples, of_sums, level=level)
            if rare is not None:
                unseen = both_give(rarest, q) * float(total.sum()) / n
                interval = reach_unseen(
                    interval, clusters, resamples, of_sums, unseen, level=level, rng=rng
                )
        method = BOOTSTRAP_BCA
        if settings.is_analytic and name == "cohen_kappa" and undefined is None:
            interval, method = _of_error(total, settings), DELTA
        found[name] = Figure(
            value=None if undefined else value,
            low=interval.low,
            high=interval.high,
            level=level,
            n_comparisons=n,
            n_judgements=n_judgements,
            n_pairs=n_pairs,
            prevalence=dict(zip(table.categories, map(float, judged), strict=False)),
            undefined=undefined,
            interval_undefined=None if undefined else interval.undefined,
            method=method,
            caution=None if undefined else worst_caution(rare, interval.caution),
        )
    return found


def _of_error(cells: FloatArray, settings: _Settings) -> Interval:
    kappa = float(cohen_kappa(cells, settings.weights))
    half = float(ndtri((1 + settings.level) / 2) * cohen_kappa_error(cells, settings.weights))
    if half < 1e-12:
        return Interval(None, None, NO_VARIATION)
    return Interval(kappa - half, min(kappa + half, 1.0), None)


def _of_sums(statistic: partial[FloatArray], q: int, sums: FloatArray) -> FloatArray:
    return statistic(_square(sums, q))


def _square(sums: FloatArray, q: int) -> FloatArray:
    return sums.reshape(*sums.shape[:-1], q, q)
