"""Conger's kappa: many judges, each with shares of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from alignment_core.agreement.coefficients.coefficients import beyond_chance, ratio
from alignment_core.agreement.coefficients.verdict_weights import agreement_weights
from alignment_core.agreement.coefficients.weighted import PairSums, pair_sums
from alignment_core.agreement.figures.cluster_intervals import ENOUGH, further, jackknife_interval
from alignment_core.agreement.figures.figure import (
    ANNOTATORS_UNKNOWN,
    JACKKNIFE,
    ONE_CATEGORY,
    ONE_COMPARISON,
    Figure,
)
from alignment_core.agreement.figures.intervals import Interval, bca_ends, cluster_draws
from alignment_core.agreement.figures.lopsided import raised, rarest_verdict
from alignment_core.agreement.figures.measured import (
    moments_of,
    sums_by_owner,
    table_figure,
    usual_comparisons,
    why_nothing,
)
from alignment_core.agreement.figures.setting_checks import check_resampling
from alignment_core.agreement.redundancy import caution_of_votes, with_caution
from alignment_core.agreement.tables.columns import FloatArray, IntArray
from alignment_core.agreement.tables.table import JudgementRows, JudgementTable

_BLOCK_ENTRIES = 1 << 22  # counts by judge and verdict that are held at once, 32 MiB


def measure_conger(
    table: JudgementTable,
    weights: str | npt.ArrayLike = "identity",
    *,
    values: npt.ArrayLike | None = None,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> Figure:
    """Conger's kappa of all judges; with two and nothing missing, Cohen's.

    Agreement is the mean over comparisons with two judges or more; chance is the mean over
    pairs of judges of what their own shares would give. The interval leaves out one prompt (or
    comparison) each and takes Student's t; with few of them a bootstrap stands beside it.

    Args: table: with annotators. weights and values as `measure_weighted`. level, n_resamples and
        seed as `measure_agreement`.
    Raises: ValueError if a setting is out of range.
    Source: Conger 1980, Psychological Bulletin 88; missing judgements and weights: Gwet 2014,
        Handbook of Inter-Rater Reliability, 4th ed., chapters 2 and 3; the jackknife: Efron &
        Tibshirani 1993, An Introduction to the Bootstrap, eq. 11.5.
    """
    check_resampling(level=level, n_resamples=n_resamples, seed=seed)
    of_pairs = agreement_weights(weights, table.categories, values)
    moments = moments_of(table)
    value, undefined, interval = None, why_nothing(table, moments), Interval(None, None, None)
    if undefined is None and table.rows is None:
        undefined = ANNOTATORS_UNKNOWN
    if undefined is None and moments.n_shared == 1:
        undefined = ONE_COMPARISON
    rarest = None
    if undefined is None and table.rows is not None:
        judged = _Judged.of(table, table.rows, of_pairs)
        n_prompts = int((judged.sums[:, 1] > 0).sum())
        rarest = rarest_verdict(moments.shared_counts, n_prompts)
        kappa = float(judged.kappa)
        if np.isfinite(kappa):
            value, interval = kappa, judged.interval(level, n_resamples, seed)
            if rarest is not None:
                n_more = usual_comparisons(moments, n_prompts)
                more = _with_unseen(table, table.rows, rarest, n_more)
                higher = _Judged.of(more, _rows(more), of_pairs).interval(level, n_resamples, seed)
                interval = raised(interval, higher)
        else:
            undefined = ONE_CATEGORY
    figure = table_figure(
        table,
        moments,
        value,
        undefined,
        interval,
        level=level,
        method=interval.method or JACKKNIFE,
        is_lopsided=rarest is not None,
    )
    return with_caution({"": figure}, caution_of_votes(table))[""]


@dataclass(frozen=True, eq=False)
class _Margins:
    """Over judges: how many, Σ_g p_g (..., q) and Σ_g p_g p_gᵀ (..., q²) of their shares."""

    n: FloatArray
    total: FloatArray
    squares: FloatArray

    @classmethod
    def of(cls, counts: FloatArray) -> _Margins:
        """Args: counts, judgements by judge and category, (..., n_judges, q)."""
        shares = _shares(counts)
        squares = np.swapaxes(shares, -1, -2) @ shares
        return cls(
            (counts.sum(axis=-1) > 0).sum(axis=-1).astype(np.float64),
            shares.sum(axis=-2),
            squares.reshape(*squares.shape[:-2], -1),
        )

    def expected(self, weights: FloatArray) -> FloatArray:
        """Mean over ordered pairs of different judges of Σ w_ck p_gc p_hk."""
        products = _outer(self.total) - self.squares
        return ratio(products @ weights.ravel(), self.n * (self.n - 1))


@dataclass(frozen=True, eq=False)
class _Judged:
    """A table by clusters of comparisons.

    sums: `pair_sums` of each, (n_clusters, …). owner, judge: of each cluster and judge of it;
    taken: that judge's verdicts there, (n_entries, q). n_judges: in the whole table.
    """

    sums: FloatArray
    owner: IntArray
    judge: IntArray
    taken: FloatArray
    n_judges: int
    weights: FloatArray

    @classmethod
    def of(cls, table: JudgementTable, rows: JudgementRows, weights: FloatArray) -> _Judged:
        keys = table.comparisons if table.prompts is None else table.prompts
        judged = table.counts.sum(axis=1) > 0
        clusters, cluster_of_judged = np.unique(keys[judged], return_inverse=True)
        cluster = np.zeros(len(keys), dtype=np.int64)
        cluster[judged] = cluster_of_judged
        sums = sums_by_owner(pair_sums(table.counts[judged]), cluster_of_judged, len(clusters))
        n_judges, q = len(rows.annotators), len(table.categories)
        codes, entry = np.unique(
            cluster[rows.comparison] * n_judges + rows.annotator, return_inverse=True
        )
        taken = np.bincount(entry * q + rows.category, minlength=len(codes) * q)
        owner, judge = np.divmod(codes, n_judges)
        return cls(
            sums, owner, judge, taken.reshape(len(codes), q).astype(np.float64), n_judges, weights
        )

    @property
    def kappa(self) -> FloatArray:
        return self._kappa(self.sums.sum(axis=0), _Margins.of(self._counts()))

    def interval(self, level: float, n_resamples: int, seed: int) -> Interval:
        value, left_out = float(self.kappa), self.left_out()
        once, comparisons = np.ones(len(self.sums), dtype=np.int64), self.sums[:, 1]
        leaving = jackknife_interval(
            value, left_out, once, level=level, weights=comparisons, least=-1.0
        )
        n = int((comparisons > 0).sum())
        if n >= ENOUGH or leaving.low is None:
            return leaving
        rng = np.random.default_rng(seed)
        resampled = np.concatenate(list(self._resampled(n_resamples, rng)))
        drawn = bca_ends(value, resampled, left_out, once, level=level, weights=comparisons)
        return further(leaving, drawn, n)

    def left_out(self) -> FloatArray:
        """The kappa without each cluster in turn: only its own judges' shares move."""
        counts = self._counts()
        whole = _Margins.of(counts)
        before = _shares(counts)[self.judge]
        rest = counts[self.judge] - self.taken
        moved = _shares(rest)
        gone = (rest.sum(axis=1) == 0).astype(np.float64)
        change = np.concatenate(
            [-gone[:, None], moved - before, _outer(moved) - _outer(before)], axis=1
        )
        changes, q = sums_by_owner(change, self.owner, len(self.sums)), counts.shape[1]
        without = _Margins(
            whole.n + changes[:, 0],
            whole.total + changes[:, 1 : 1 + q],
            whole.squares + changes[:, 1 + q :],
        )
        return self._kappa(self.sums.sum(axis=0) - self.sums, without)

    def _resampled(self, n_resamples: int, rng: np.random.Generator) -> Iterator[FloatArray]:
        n, q = len(self.sums), self.taken.shape[1]
        columns = (self.judge[:, None] * q + np.arange(q)).ravel()
        shape = n, self.n_judges * q
        verdicts = csr_array((self.taken.ravel(), (np.repeat(self.owner, q), columns)), shape=shape)
        block = max(1, _BLOCK_ENTRIES // shape[1])
        for drawn in cluster_draws(np.ones(n, dtype=np.int64), n_resamples, rng):
            for start in range(0, len(drawn), block):
                some = drawn[start : start + block]
                counts = (some @ verdicts).reshape(len(some), self.n_judges, q)
                yield self._kappa(some @ self.sums, _Margins.of(counts))

    def _counts(self) -> FloatArray:
        """Verdicts by judge and category, (n_judges, q)."""
        return sums_by_owner(self.taken, self.judge, self.n_judges)

    def _kappa(self, sums: FloatArray, of_judges: _Margins) -> FloatArray:
        pairs = PairSums(sums, len(self.weights))
        observed = ratio((self.weights * pairs.pair_shares).sum(axis=(-2, -1)), pairs.n_shared)
        return beyond_chance(observed, of_judges.expected(self.weights))


def _with_unseen(
    table: JudgementTable, rows: JudgementRows, category: int, n_comparisons: int
) -> JudgementTable:
    """The table with a prompt more, on which those who judged most all give this verdict."""
    n, shared = len(table.comparisons), table.counts.sum(axis=1)
    usual = max(2, round(float(shared[shared > 1].mean())))
    busiest = np.argsort(-np.bincount(rows.annotator), kind="stable")[:usual]
    new = np.repeat(np.arange(n, n + n_comparisons), len(busiest))
    comparison = np.concatenate([rows.comparison, new])
    prompts = np.arange(n)
    if table.prompts is not None:
        _, prompts = np.unique(table.prompts, return_inverse=True)
    prompt = np.concatenate([prompts[rows.comparison], np.full(len(new), n)])
    return JudgementTable.from_arrays(
        comparison,
        np.concatenate([rows.annotator, np.tile(busiest, n_comparisons)]),
        np.concatenate([rows.category, np.full(len(new), category)]),
        categories=range(len(table.categories)),
        prompt=prompt,
    )


def _rows(table: JudgementTable) -> JudgementRows:
    if table.rows is None:
        raise ValueError("Conger's kappa needs judgements with their annotators")
    return table.rows


def _shares(counts: FloatArray) -> FloatArray:
    size = counts.sum(axis=-1, keepdims=True)
    shares: FloatArray = np.divide(counts, size, out=np.zeros_like(counts), where=size > 0)
    return shares


def _outer(shares: FloatArray) -> FloatArray:
    products = shares[..., :, None] * shares[..., None, :]
    return products.reshape(*shares.shape[:-1], -1)
