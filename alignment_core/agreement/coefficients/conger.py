"""Conger's kappa: many judges, each with shares of their own; its interval by the jackknife."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from alignment_core.agreement.coefficients.coefficients import beyond_chance, ratio
from alignment_core.agreement.coefficients.verdict_weights import agreement_weights
from alignment_core.agreement.coefficients.weighted import PairSums, pair_sums
from alignment_core.agreement.figures.figure import (
    ANNOTATORS_UNKNOWN,
    JACKKNIFE,
    NO_VARIATION,
    ONE_CATEGORY,
    ONE_COMPARISON,
    UNSTABLE,
    Figure,
)
from alignment_core.agreement.figures.intervals import (
    Interval,
    caution_of,
    why_too_few,
)
from alignment_core.agreement.figures.lopsided import rarest_verdict
from alignment_core.agreement.figures.measured import (
    moments_of,
    sums_by_owner,
    table_figure,
    why_nothing,
)
from alignment_core.agreement.figures.setting_checks import check_level
from alignment_core.agreement.redundancy import caution_of_votes, with_caution
from alignment_core.agreement.tables.columns import FloatArray, IntArray
from alignment_core.agreement.tables.table import JudgementRows, JudgementTable


def measure_conger(
    table: JudgementTable,
    weights: str | npt.ArrayLike = "identity",
    *,
    values: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Figure:
    """Conger's kappa of all judges; with two and nothing missing, Cohen's.

    Agreement is the mean over comparisons with two judgements or more; chance is the mean over
    pairs of judges of what their own shares would give. The interval leaves out one prompt (or
    comparison) each and takes Student's t.

    Args: table: with annotators. weights and values as `measure_weighted`. level in (0, 1).
    Raises: ValueError if a setting is out of range.
    Source: Conger 1980, Psychological Bulletin 88; missing judgements and weights: Gwet 2014,
        Handbook of Inter-Rater Reliability, 4th ed., chapters 2 and 3; the jackknife: Efron &
        Tibshirani 1993, An Introduction to the Bootstrap, eq. 11.5.
    """
    check_level(level)
    of_pairs = agreement_weights(weights, table.categories, values)
    moments = moments_of(table)
    value, undefined, interval = None, why_nothing(table, moments), Interval(None, None, None)
    if undefined is None and table.rows is None:
        undefined = ANNOTATORS_UNKNOWN
    if undefined is None and moments.n_shared == 1:
        undefined = ONE_COMPARISON
    if undefined is None and table.rows is not None:
        kappa, left_out = _kappa_and_left_out(table, table.rows, of_pairs)
        if np.isfinite(kappa):
            value, interval = kappa, _jackknife(kappa, left_out, level)
        else:
            undefined = ONE_CATEGORY
    rarest = rarest_verdict(moments.shared_counts, float(moments.n_shared))
    figure = table_figure(
        table,
        moments,
        value,
        undefined,
        interval,
        level=level,
        method=JACKKNIFE,
        is_lopsided=rarest is not None,
    )
    return with_caution({"": figure}, caution_of_votes(table))[""]


@dataclass(frozen=True, eq=False)
class _Margins:
    """Over judges: how many, Σ_g p_g (..., q) and Σ_g p_g p_gᵀ (..., q²) of their shares."""

    n: FloatArray
    total: FloatArray
    squares: FloatArray

    def expected(self, weights: FloatArray) -> FloatArray:
        """Mean over ordered pairs of different judges of Σ w_ck p_gc p_hk."""
        products = _outer(self.total) - self.squares
        return ratio(products @ weights.ravel(), self.n * (self.n - 1))


def _kappa_and_left_out(
    table: JudgementTable, rows: JudgementRows, weights: FloatArray
) -> tuple[float, FloatArray]:
    """Conger's kappa, and the same without each cluster of comparisons in turn."""
    keys = table.comparisons if table.prompts is None else table.prompts
    clusters, cluster_of = np.unique(keys, return_inverse=True)
    q = len(table.categories)
    by_cluster = sums_by_owner(pair_sums(table.counts), cluster_of, len(clusters))
    whole = by_cluster.sum(axis=0)
    margins, left_out = _margins(rows, cluster_of[rows.comparison], len(clusters), q)

    def kappa(sums: FloatArray, of_judges: _Margins) -> FloatArray:
        pairs = PairSums(sums, q)
        observed = ratio((weights * pairs.pair_shares).sum(axis=(-2, -1)), pairs.n_shared)
        return beyond_chance(observed, of_judges.expected(weights))

    judged = by_cluster[:, 0] > 0
    without = kappa(whole - by_cluster, left_out)[judged]
    return float(kappa(whole, margins)), without


def _margins(
    rows: JudgementRows, cluster: IntArray, n_clusters: int, q: int
) -> tuple[_Margins, _Margins]:
    """The judges' shares, and those without each cluster: only its own judges' shares move."""
    n_judges = len(rows.annotators)
    counts = np.bincount(rows.annotator * q + rows.category, minlength=n_judges * q)
    counts = counts.reshape(n_judges, q).astype(np.float64)
    size = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, size, out=np.zeros_like(counts), where=size > 0)
    present = (size[:, 0] > 0).astype(np.float64)
    whole = _Margins(present.sum(), shares.sum(axis=0), _outer(shares).sum(axis=0))

    codes, entry = np.unique(cluster * n_judges + rows.annotator, return_inverse=True)
    taken = np.bincount(entry * q + rows.category, minlength=len(codes) * q)
    taken = taken.reshape(len(codes), q)
    owner, judge = np.divmod(codes, n_judges)
    rest = counts[judge] - taken
    rest_size = rest.sum(axis=1, keepdims=True)
    moved = np.divide(rest, rest_size, out=np.zeros_like(rest), where=rest_size > 0)
    gone = (rest_size[:, 0] == 0).astype(np.float64)
    change = np.concatenate(
        [-gone[:, None], moved - shares[judge], _outer(moved) - _outer(shares[judge])], axis=1
    )
    changes = sums_by_owner(change, owner, n_clusters)
    without = _Margins(
        whole.n + changes[:, 0],
        whole.total + changes[:, 1 : 1 + q],
        whole.squares + changes[:, 1 + q :],
    )
    return whole, without


def _outer(shares: FloatArray) -> FloatArray:
    products = shares[..., :, None] * shares[..., None, :]
    return products.reshape(*shares.shape[:-1], -1)


def _jackknife(value: float, left_out: FloatArray, level: float) -> Interval:
    n = len(left_out)
    if (too_few := why_too_few(n)) is not None:
        return Interval(None, None, too_few)
    if not np.isfinite(left_out).all():
        return Interval(None, None, UNSTABLE)
    variance = (n - 1) / n * float(((left_out - left_out.mean()) ** 2).sum())
    if variance < 1e-24:
        return Interval(None, None, NO_VARIATION)
    half = float(stdtrit(n - 1, (1 + level) / 2)) * variance**0.5
    return Interval(value - half, min(value + half, 1.0), None, caution_of(n))
