"""The model of margins: how reliable each annotator is, which side pulls, how readily they tie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from alignment_core.agreement.annotators.pairwise import PairwiseModel, fit_pairwise
from alignment_core.agreement.figures.figure import (
    ANNOTATORS_UNKNOWN,
    INFORMATION,
    NO_JUDGEMENTS,
    NOT_FOUND,
    NOTHING_SHARED,
    SIDES_UNKNOWN,
    SINGLE_ANNOTATOR,
    Figure,
)
from alignment_core.agreement.figures.setting_checks import check_level
from alignment_core.agreement.reading import read_nothing, read_pull, with_reading
from alignment_core.agreement.tables.columns import NEITHER_SIDE, IntArray
from alignment_core.agreement.tables.table import JudgementTable

MOST_DIFFICULT = 20
_SETTLED = 1e-7  # of the objective: values then hold to the digits that are shown


def fitted_margins(
    table: JudgementTable,
    *,
    level: float = 0.95,
    first: str = "first",
    second: str = "second",
    tie: str | None = "tie",
) -> dict[str, Any]:
    """Values of each annotator by `fit_pairwise`, with intervals, and the hardest comparisons.

    Args: table with annotators; level of the intervals, in (0, 1); first, second and tie as
        `fit_pairwise`.
    Returns: ready for JSON; docs/statistics/further.md lists its keys. Reliability and readiness
        to tie are held by a prior, so they have no reading.
    Raises: ValueError if a setting is out of range.
    """
    check_level(level)
    names = [first, second] if tie is None else [first, second, tie]
    taken = _Taken.of(table, names)
    undefined = taken.why_nothing()
    model = None
    if undefined is None:
        try:
            model = fit_pairwise(table, first=first, second=second, tie=tie, tolerance=_SETTLED)
        except (ArithmeticError, np.linalg.LinAlgError):  # this section has none, others stand
            undefined = NOT_FOUND
    return {
        "undefined": undefined,
        "n_judgements": int(taken.n.sum()),
        "has_converged": None if model is None else model.has_converged,
        "log_likelihood": None if model is None else model.log_likelihood,
        "annotators": _annotators(taken, model, level=level, has_ties=tie is not None),
        "difficult": [] if model is None else _difficult(table, model, taken),
    }


@dataclass(frozen=True, eq=False)
class _Taken:
    """Judgements with one of the verdicts: n, n_shared and n_sided of each annotator."""

    n: IntArray
    n_shared: IntArray
    n_sided: IntArray
    by_comparison: IntArray
    is_known: bool

    @classmethod
    def of(cls, table: JudgementTable, names: list[str]) -> _Taken:
        columns = [table.categories.index(name) for name in names if name in table.categories]
        by_comparison = table.counts[:, columns].sum(axis=1)
        rows = table.rows
        if rows is None:
            nobody = np.zeros(0, dtype=np.int64)
            return cls(nobody, nobody, nobody, by_comparison, is_known=not by_comparison.any())
        size = len(rows.annotators)
        is_in = np.isin(rows.category, columns)
        annotator, comparison = rows.annotator[is_in], rows.comparison[is_in]
        is_shared = by_comparison[comparison] > 1
        is_sided = np.zeros(len(annotator), dtype=bool)
        if rows.first_left is not None:
            is_sided = rows.first_left[is_in] != NEITHER_SIDE
        return cls(
            np.bincount(annotator, minlength=size),
            np.bincount(annotator[is_shared], minlength=size),
            np.bincount(annotator[is_sided], minlength=size),
            by_comparison,
            is_known=True,
        )

    def why_nothing(self) -> str | None:
        if not self.is_known:
            return ANNOTATORS_UNKNOWN
        if not self.n.any():
            return NO_JUDGEMENTS
        if self.n_shared.any():
            return None
        return SINGLE_ANNOTATOR if (self.n > 0).sum() == 1 else NOTHING_SHARED


def _annotators(
    taken: _Taken,
    model: PairwiseModel | None,
    *,
    level: float,
    has_ties: bool,
) -> list[dict[str, Any]]:
    if model is None:
        return []
    half = float(ndtri((1 + level) / 2)) * model.standard_errors

    def figure(i: int, value: int, undefined: str | None, *, least: float = -np.inf) -> Figure:
        found = float(model.values[i, value])
        return Figure(
            value=None if undefined else found,
            low=None if undefined else max(found - float(half[i, value]), least),
            high=None if undefined else found + float(half[i, value]),
            level=level,
            n_comparisons=int(taken.n[i]),
            n_judgements=int(taken.n[i]),
            n_pairs=0,
            prevalence={},
            undefined=undefined,
            interval_undefined=None,
            method=INFORMATION,
        )

    found = []
    for i, key in enumerate(model.annotators.tolist()):
        nothing = None if taken.n[i] else NO_JUDGEMENTS
        unshared = nothing or (None if taken.n_shared[i] else NOTHING_SHARED)
        sideless = nothing or (None if taken.n_sided[i] else SIDES_UNKNOWN)
        width = with_reading(figure(i, 2, nothing, least=0.0), read_nothing)
        found.append(
            {
                "annotator": key,
                "n_judgements": int(taken.n[i]),
                "n_shared": int(taken.n_shared[i]),
                "n_sided": int(taken.n_sided[i]),
                "reliability": with_reading(figure(i, 0, unshared), read_nothing),
                "left_pull": with_reading(figure(i, 1, sideless), read_pull),
                "tie_width": width if has_ties else None,
            }
        )
    return found


def _difficult(table: JudgementTable, model: PairwiseModel, taken: _Taken) -> list[dict[str, Any]]:
    """Of comparisons judged twice or more, those nearest to a toss-up; no verdict is named."""
    difficulty = np.where(taken.by_comparison > 1, model.difficulty, -1.0)
    order = np.argsort(-difficulty, kind="stable")[:MOST_DIFFICULT]
    return [
        {
            "comparison": key,
            "n_judgements": int(taken.by_comparison[place]),
            "difficulty": float(difficulty[place]),
        }
        for place, key in zip(order, table.comparisons[order].tolist(), strict=True)
        if difficulty[place] >= 0
    ]
