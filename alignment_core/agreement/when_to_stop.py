"""When to stop asking, what stopping does to agreement, and how many judgements a figure needs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import gammainc, gammaincinv, roots_legendre

from alignment_core.agreement.figures.figure import Figure
from alignment_core.agreement.figures.intervals import (
    Clusters,
    Interval,
    bca_interval,
    resample_sums,
    why_too_few,
)
from alignment_core.agreement.figures.setting_checks import (
    check_positive,
    check_resampling,
    check_seed,
    check_whole,
)
from alignment_core.agreement.tables.columns import FloatArray, IntArray
from alignment_core.agreement.tables.missing import as_numbers
from alignment_core.agreement.tables.table import JudgementTable

_nodes, _weights = roots_legendre(200)
_QUANTILES, _QUADRATURE = (_nodes + 1) / 2, _weights / 2  # of the unit interval


def outcome_posterior(counts: npt.ArrayLike, *, prior: float = 1.0) -> FloatArray:
    """Probability that each category is the one most people would give, after these judgements.

    The shares of the categories have a Dirichlet distribution: counts plus `prior` imagined
    judgements of each. Another k judgements change it as any data would, so it may be looked at
    after every judgement, and asking may stop once one category has passed a threshold.

    Args: counts, shape (..., q), at least 0; prior above 0 (1: all shares are equally likely
        beforehand).
    Returns: shape (..., q), each row adding up to 1; to about 1e-6.
    Raises: ValueError if a count is negative, q is 0 or the prior is not above 0.
    """
    n = as_numbers(counts, "counts")
    if n.ndim == 0 or n.shape[-1] == 0:
        raise ValueError(f"counts must be at least 0, by category in the last dimension, not {n}")
    bad = np.argwhere(~((n >= 0) & np.isfinite(n)))
    if len(bad):
        place = bad[0].tolist()
        raise ValueError(
            f"counts{place} is {n[tuple(place)]}: counts must be at least 0, and finite"
        )
    check_positive("prior", prior)
    rows, place = np.unique(n.reshape(-1, n.shape[-1]), axis=0, return_inverse=True)
    found = np.stack([_most_likely(row + prior) for row in rows]) if len(rows) else rows
    return found[place.ravel()].reshape(n.shape)


def first_judgements(table: JudgementTable, m: int) -> JudgementTable:
    """The table of each comparison's first m judgements, by time or else by order.

    Where further judgements are asked for until people agree, the comparisons that agreed at
    once stop short and the others go on, so that pairs of judgements are no random sample. The
    first m of each were asked for whatever they said, so their coefficients are as they should be.

    Args: table with `time` or `order` of every judgement; m at least 1. Repeats are left out.
    Raises: ValueError if both are unknown or m is below 1.
    """
    check_whole("m", m, least=1)
    rows = table.rows
    by = [] if rows is None else [rows.time, rows.order]
    known = [values for values in by if values is not None and np.isfinite(values).all()]
    if rows is None or not known:
        raise ValueError("the first judgements are known only where every judgement has its time")
    order = np.lexsort((rows.annotator, known[0], rows.comparison))
    comparison = rows.comparison[order]
    starts = np.searchsorted(comparison, comparison, side="left")
    kept = np.sort(order[np.arange(len(order)) - starts < m])
    taken = rows.take(kept)
    q = len(table.categories)
    code = taken.comparison * q + taken.category
    counts = np.bincount(code, minlength=table.counts.size).reshape(table.counts.shape)
    return JudgementTable(
        table.categories, table.comparisons, counts.astype(np.int64), table.prompts, taken
    )


def saved_interval(
    used: npt.ArrayLike, *, level: float = 0.95, n_resamples: int = 2000, seed: int = 0
) -> Interval:
    """Bootstrap interval over prompts of the share of judgements that stopping early saves.

    Args: used, judgements that were enough and all that were given, by prompt, (n_prompts, 2);
        level in (0, 1); n_resamples of the prompts, 2 or more; seed, the same one, the same bounds.
    Returns: an interval in the share's unit, or why there is none: fewer than six prompts, or all
        of them saved alike.
    Raises: ValueError if a prompt used more than were given, or none were given, or a setting is
        not as above.
    """
    check_resampling(level=level, n_resamples=n_resamples, seed=seed)
    sums = as_numbers(used, "used")
    is_pairs = sums.ndim == 2 and sums.shape[1] == 2
    if not is_pairs or not ((sums[:, 0] >= 0) & (sums[:, 0] <= sums[:, 1])).all():
        raise ValueError("used must be judgements that were enough and all given, by prompt")
    if not len(sums) or not (sums[:, 1] > 0).all():
        raise ValueError("every prompt must have judgements")
    if (too_few := why_too_few(len(sums))) is not None:
        return Interval(None, None, too_few)
    patterns, frequencies = np.unique(sums, axis=0, return_counts=True)
    clusters = Clusters(patterns, frequencies)

    def saved(totals: FloatArray) -> FloatArray:
        share: FloatArray = 1 - totals[..., 0] / totals[..., 1]
        return share

    drawn = resample_sums(clusters, n_resamples=n_resamples, rng=np.random.default_rng(seed))
    return bca_interval(clusters, drawn, saved, level=level)


def comparisons_needed(pilot: Figure, *, width: float) -> int:
    """How many shared comparisons a figure needs for an interval of this width.

    Widths shrink with the square root of the number of comparisons; the pilot says how wide an
    interval is at its own number, with its own annotators, prompts and verdicts.

    Args: pilot, a figure with an interval; width, of the whole interval, above 0.
    Raises: ValueError if the pilot has no interval or the width is not above 0.
    """
    check_positive("width", width)
    if pilot.low is None or pilot.high is None:
        raise ValueError("the pilot has no interval, so its spread is not known")
    return int(np.ceil(pilot.n_comparisons * ((pilot.high - pilot.low) / width) ** 2))


def plan_agreement(
    *, prevalence: npt.ArrayLike, error: float, n_annotators: int, n_comparisons: int, seed: int = 0
) -> JudgementTable:
    """A table as a project might give it, to read off intervals before anybody has judged.

    Every annotator judges every comparison and reports a hidden verdict, drawn by `prevalence`,
    or with probability `error` any verdict at random.

    Args: prevalence, shares adding up to 1, (q,); error in [0, 1]; n_annotators from 2;
        n_comparisons from 1; seed of the draws.
    Raises: ValueError if one is not as stated.
    """
    shares = as_numbers(prevalence, "prevalence")
    if shares.ndim != 1 or not ((shares >= 0).all() and abs(float(shares.sum()) - 1) <= 1e-9):
        raise ValueError(f"prevalence must be shares that add up to 1, not {shares}")
    if not 0 <= error <= 1:
        raise ValueError(f"error must lie from 0 to 1, not {error}")
    check_whole("n_annotators", n_annotators, least=2)
    check_whole("n_comparisons", n_comparisons, least=1)
    check_seed(seed)
    rng = np.random.default_rng(seed)
    q = len(shares)
    hidden = rng.choice(q, size=(n_comparisons, 1), p=shares)
    anything = rng.integers(0, q, size=(n_comparisons, n_annotators))
    is_error = rng.random((n_comparisons, n_annotators)) < error
    verdicts: IntArray = np.where(is_error, anything, hidden)
    counts = (verdicts[:, :, None] == np.arange(q)).sum(axis=1)
    return JudgementTable.from_counts(counts)


def _most_likely(shape: FloatArray) -> FloatArray:
    """P(X_c is the largest) for independent X_c ~ Gamma(shape_c); their shares are Dirichlet."""
    q = len(shape)
    found = np.empty(q)
    for category in range(q):
        others = np.delete(shape, category)
        values = gammaincinv(shape[category], _QUANTILES)
        found[category] = _QUADRATURE @ gammainc(others[:, None], values).prod(axis=0)
    total: FloatArray = found / found.sum()
    return total
