"""Agreement of whole orders: several completions of a prompt, ranked by several people, with ties.

A ranking is one act: what is counted is rankings, and intervals draw prompts. The pairs that a
ranking implies hang together, so no figure here takes them for pieces of evidence of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from alignment_core.agreement.coefficients.weighted import measure_scale
from alignment_core.agreement.figures.figure import (
    ALL_TIES,
    BOOTSTRAP_BCA,
    NO_JUDGEMENTS,
    NOTHING_SHARED,
    SINGLE_ANNOTATOR,
    Figure,
)
from alignment_core.agreement.figures.intervals import Clusters, bca_interval, resample_sums
from alignment_core.agreement.figures.setting_checks import check_resampling
from alignment_core.agreement.reading import read_alpha, read_nothing, with_reading
from alignment_core.agreement.tables.columns import FloatArray, IntArray
from alignment_core.agreement.tables.table import JudgementTable


@dataclass(frozen=True, eq=False)
class RankColumns:
    """One entry for each completion in each ranking, all of one length: numbers that name the set,
    its prompt, the annotator and the completion, and the rank, 1 the best; ties share a rank.
    """

    ranked_set: IntArray
    prompt: IntArray
    annotator: IntArray
    completion: IntArray
    rank: IntArray


def rank_orders(
    columns: RankColumns, *, level: float = 0.95, n_resamples: int = 1000, seed: int = 0
) -> dict[str, Any]:
    """How far rankings of the same completions agree.

    `kendall_w` and `tau_b` are means over the sets that two or more ranked, each set counting
    once; of `tau_b`, in a set, the mean over the pairs of its rankings that both have an order.
    `alpha` is Krippendorff's with the ordinal metric: its units are completions, its values their
    mid-ranks on the scale of the largest set.

    Args: level, n_resamples, seed: as `measure_agreement`.
    Returns: ready for JSON; docs/statistics/further.md lists its keys.
    Raises: ValueError if a setting is out of range, or a set has rankings of different completions.
    """
    check_resampling(level=level, n_resamples=n_resamples, seed=seed)
    sets = _sets(columns)
    shared = [one for one in sets if len(one.ranks) > 1]
    settings: dict[str, Any] = {"level": level, "n_resamples": n_resamples, "seed": seed}
    undefined = _why_nothing(columns, shared)
    w = [kendall_w(one.ranks) for one in shared]
    tau = [mean_tau_b(one.ranks) for one in shared]
    return {
        "n_sets": len(sets),
        "n_rankings": sum(len(one.ranks) for one in sets),
        "kendall_w": _mean(shared, w, undefined, **settings),
        "tau_b": _mean(shared, tau, undefined, **settings),
        "alpha": None if undefined else _alpha(columns, settings),
    }


def kendall_w(ranks: npt.NDArray[Any]) -> float:
    """Kendall's coefficient of concordance with the correction for ties; NaN where all are tied.

    W = (12 Σ Rᵢ² − 3 m² k (k + 1)²) / (m² k (k² − 1) − m Σ Tⱼ), with Tⱼ = Σ (t³ − t) over the
    groups of ties of a ranking and Rᵢ the sum of the mid-ranks of a completion.

    Args: ranks of shape (m rankings, k completions), whole numbers, the lower the better.
    Returns: from 0, no agreement, to 1.
    Source: Kendall & Gibbons 1990, Rank Correlation Methods, 5th edition, chapter 6.
    """
    m, k = ranks.shape
    sums = mid_ranks(ranks).sum(axis=0)
    ties = 0
    for row in ranks:
        groups = np.unique(row, return_counts=True)[1]
        ties += int((groups**3 - groups).sum())
    most = m**2 * k * (k**2 - 1) - m * ties
    if most == 0:
        return float("nan")
    return float((12 * (sums**2).sum() - 3 * m**2 * k * (k + 1) ** 2) / most)


def mean_tau_b(ranks: npt.NDArray[Any]) -> float:
    """The mean of Kendall's τ_b over the pairs of rankings, without those where one has no order.

    Args: ranks of shape (m rankings, k completions), the lower the better.
    Returns: from -1 to 1; NaN where no pair of rankings has a τ_b.
    Source: Kendall 1945, Biometrika 33.
    """
    first, second = np.triu_indices(ranks.shape[1], k=1)
    signs = np.sign(ranks[:, first].astype(np.int64) - ranks[:, second]).astype(np.float64)
    lengths = np.sqrt((signs**2).sum(axis=1))
    signs = signs[lengths > 0] / lengths[lengths > 0][:, None]
    products = (signs @ signs.T)[np.triu_indices(len(signs), k=1)]
    return float(products.clip(-1, 1).mean()) if products.size else float("nan")


def mid_ranks(ranks: npt.NDArray[Any]) -> FloatArray:
    """Ranks 1 to k where ties share the mean of theirs; shape as given, (m, k)."""
    below = (ranks[:, None, :] < ranks[:, :, None]).sum(axis=2)
    equal = (ranks[:, None, :] == ranks[:, :, None]).sum(axis=2)
    found: FloatArray = below + (equal + 1) / 2
    return found


@dataclass(frozen=True, eq=False)
class _RankedSet:
    prompt: int
    ranks: npt.NDArray[np.int64]  # (m rankings, k completions)


def _sets(columns: RankColumns) -> list[_RankedSet]:
    if not len(columns.rank):
        return []
    order = np.lexsort((columns.completion, columns.annotator, columns.ranked_set))
    ranked_set, rank = columns.ranked_set[order], columns.rank[order]
    completion, annotator = columns.completion[order], columns.annotator[order]
    starts = np.flatnonzero(np.r_[True, ranked_set[1:] != ranked_set[:-1]])
    sets = []
    for start, end in zip(starts, [*starts[1:], len(ranked_set)], strict=True):
        m = len(np.unique(annotator[start:end]))
        of_set = completion[start:end]
        if (end - start) % m or (of_set.reshape(m, -1) != of_set[: (end - start) // m]).any():
            raise ValueError(f"set {ranked_set[start]} has rankings of different completions")
        ranks = rank[start:end].reshape(m, -1).astype(np.int64)
        sets.append(_RankedSet(int(columns.prompt[order[start]]), ranks))
    return sets


def _why_nothing(columns: RankColumns, shared: list[_RankedSet]) -> str | None:
    if shared:
        return None
    if not len(columns.rank):
        return NO_JUDGEMENTS
    return SINGLE_ANNOTATOR if len(np.unique(columns.annotator)) == 1 else NOTHING_SHARED


def _mean(
    shared: list[_RankedSet],
    values: list[float],
    undefined: str | None,
    *,
    level: float,
    n_resamples: int,
    seed: int,
) -> dict[str, Any]:
    """The mean over sets, its interval by drawing prompts."""
    given = np.array(values, dtype=np.float64)
    known = np.isfinite(given)
    if not undefined and not known.any():
        undefined = ALL_TIES
    value = low = high = why = caution = None
    if not undefined:
        _prompts, place = np.unique([one.prompt for one in shared], return_inverse=True)
        sums = np.zeros((place.max() + 1, 2))
        np.add.at(sums, place[known], np.column_stack([given[known], np.ones(known.sum())]))
        sums = sums[sums[:, 1] > 0]
        clusters = Clusters(sums, np.ones(len(sums), dtype=np.int64))
        rng = np.random.default_rng(seed)
        resamples = resample_sums(clusters, n_resamples=n_resamples, rng=rng)
        interval = bca_interval(clusters, resamples, _ratio, level=level)
        value = float(_ratio(clusters.total))
        low, high, why, caution = (
            interval.low,
            interval.high,
            interval.undefined,
            interval.caution,
        )
    figure = Figure(
        value=value,
        low=low,
        high=high,
        level=level,
        n_comparisons=len(shared),
        n_judgements=sum(len(one.ranks) for one in shared),
        n_pairs=sum(len(one.ranks) * (len(one.ranks) - 1) // 2 for one in shared),
        prevalence={},
        undefined=undefined,
        interval_undefined=why,
        method=BOOTSTRAP_BCA,
        caution=caution,
    )
    return with_reading(figure, read_nothing)


def _ratio(sums: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore"):
        found: FloatArray = sums[..., 0] / sums[..., 1]
    return found


def _alpha(columns: RankColumns, settings: dict[str, Any]) -> dict[str, Any]:
    places = places_in_common(columns)
    table = JudgementTable.from_arrays(
        _numbered(columns.ranked_set, columns.completion),
        columns.annotator,
        places,
        categories=np.unique(places).tolist(),
        prompt=columns.prompt,
    )
    _weighted, alpha = measure_scale(table, weights=(), metrics=("ordinal",), **settings)
    return with_reading(alpha["ordinal"], read_alpha)


def places_in_common(columns: RankColumns) -> IntArray:
    """Twice the mid-rank that each entry would have in a set of the greatest size.

    Ranks without gaps are no common scale: whoever ties much ends at 2 where others end at 9, and
    the last of three would be as good as the third of nine.
    """
    ranking = _numbered(columns.ranked_set, columns.annotator)
    order = np.lexsort((columns.rank, ranking))
    of, rank = ranking[order], columns.rank[order]
    begins = np.r_[True, of[1:] != of[:-1]]
    ties = begins | np.r_[True, rank[1:] != rank[:-1]]
    tie = np.cumsum(ties) - 1
    n_before = np.flatnonzero(ties)[tie] - np.flatnonzero(begins)[of]
    twice_mid_rank = 2 * n_before + np.bincount(tie)[tie] + 1
    size = np.bincount(of)[of]
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.rint((twice_mid_rank - 1) * size.max() / size) + 1
    return places


def _numbered(first: IntArray, second: IntArray) -> IntArray:
    """A number for each pair of numbers, in their order."""
    _pairs, number = np.unique(np.column_stack([first, second]), axis=0, return_inverse=True)
    return number.ravel()
