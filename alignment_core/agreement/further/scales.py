"""Verdicts on a scale: coefficients that give part of the credit to a neighbour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from alignment_core.agreement.coefficients.conger import measure_conger
from alignment_core.agreement.coefficients.weighted import measure_scale
from alignment_core.agreement.figures.figure import NO_JUDGEMENTS, STRENGTHS_UNKNOWN
from alignment_core.agreement.figures.setting_checks import check_resampling
from alignment_core.agreement.reading import read_alpha, read_nothing, with_reading
from alignment_core.agreement.tables.columns import FloatArray
from alignment_core.agreement.tables.table import JudgementRows, JudgementTable

WEIGHTS = ("ordinal", "linear", "quadratic")  # identity gives the unweighted figures
METRICS = ("ordinal", "interval")


MOST = 3  # that an answer can be better by


def weighted_verdicts(
    table: JudgementTable, *, level: float = 0.95, n_resamples: int = 1000, seed: int = 0
) -> dict[str, Any]:
    """Weighted coefficients of first, tie and second, where a tie could be said.

    Both bad has no place on the scale and is left out and counted. Without ties the scale would
    have two ends alone, on which every weighted figure is its unweighted one.

    Args: table with annotators; level, n_resamples, seed as `measure_agreement`.
    Returns: ready for JSON; docs/statistics/further.md lists its keys.
    Raises: ValueError if a setting is out of range, or annotators are not known.
    """
    settings = {"level": level, "n_resamples": n_resamples, "seed": seed}
    rows = _rows_with(table, settings)
    place = 1 - _sides(table, rows)
    return _scale(table, place, ["first", "tie", "second"], NO_JUDGEMENTS, settings)


def weighted_strengths(
    table: JudgementTable,
    *,
    steps: Sequence[int] | None = None,
    has_ties: bool = True,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:
    """Weighted coefficients of by how much one is better.

    The scale goes from the most for the second answer to the most for the first, with "even" in
    the middle where a tie could be said. What has no place on it is left out and counted: both
    bad, and a choice without a strength. Judgements made on different scales do not belong into
    one table.

    Args:
        table: with annotators; `strength` from 0 to 3, a whole number, where it is known.
        steps: that could be said of the answer chosen. Default: 1 to 3, and 0 (negligibly better)
            where anybody chose one answer by 0.
        has_ties: whether a tie could be said.
        level, n_resamples, seed: as `measure_agreement`.
    Returns: ready for JSON; docs/statistics/further.md lists its keys.
    Raises: ValueError if a setting or a strength is out of range, or annotators are not known.
    """
    settings = {"level": level, "n_resamples": n_resamples, "seed": seed}
    rows = _rows_with(table, settings)
    side, strength = _sides(table, rows), _strengths(rows)
    if steps is None:
        least = 0 if ((strength == 0) & (np.abs(side) == 1)).any() else 1
        steps = range(least, MOST + 1)
    known = sorted(set(steps))
    if not known or not set(known) <= set(range(MOST + 1)):
        raise ValueError(f"steps are {list(steps)}, not whole numbers from 0 to {MOST}")
    names = [f"second by {n}" for n in reversed(known)]
    names += ["even"] if has_ties else []
    names += [f"first by {n}" for n in known]
    place = np.full(len(rows), np.nan)
    for n in known:
        chosen = strength == n
        place[chosen & (side == -1)] = names.index(f"second by {n}")
        place[chosen & (side == 1)] = names.index(f"first by {n}")
    if not np.isfinite(place).any():
        nothing = STRENGTHS_UNKNOWN if table.n_judgements else NO_JUDGEMENTS
        return _empty(table, names, nothing)
    if has_ties:
        place[side == 0] = names.index("even")
    return _scale(table, place, names, STRENGTHS_UNKNOWN, settings)


def _rows_with(table: JudgementTable, settings: dict[str, Any]) -> JudgementRows:
    if table.rows is None:
        raise ValueError("a scale needs judgements with their annotators")
    check_resampling(**settings)
    return table.rows


def _sides(table: JudgementTable, rows: JudgementRows) -> FloatArray:
    """1 first, -1 second, 0 a tie, NaN anything else, of each judgement."""
    of_name = {"first": 1.0, "second": -1.0, "tie": 0.0}
    sides = np.array([of_name.get(name, np.nan) for name in table.categories])
    found: FloatArray = sides[rows.category] if len(rows) else np.zeros(0)
    return found


def _strengths(rows: JudgementRows) -> FloatArray:
    strength = np.full(len(rows), np.nan) if rows.strength is None else rows.strength
    known = strength[np.isfinite(strength)]
    bad = known[(known < 0) | (known > MOST) | (known != np.floor(known))]
    if bad.size:
        raise ValueError(f"a strength is {bad[0]}, not a whole number from 0 to {MOST}")
    return strength


def _scale(
    table: JudgementTable,
    place: FloatArray,
    names: Sequence[str],
    nothing: str,
    settings: dict[str, Any],
) -> dict[str, Any]:
    """Args: place of each judgement among the names; NaN where it has none."""
    taken = np.isfinite(place)
    if not taken.any():
        return _empty(table, names, nothing)
    on_scale = _on_scale(table, taken, place[taken], names)
    weighted, alpha = measure_scale(on_scale, weights=WEIGHTS, metrics=METRICS, **settings)
    for weights, figures in weighted.items():
        figures["conger_kappa"] = measure_conger(on_scale, weights, **settings)
    return {
        **_empty(table, names, None),
        "n_judgements": on_scale.n_judgements,
        "n_left_out": table.n_judgements - on_scale.n_judgements,
        "weighted": {
            weights: {name: with_reading(each, read_nothing) for name, each in figures.items()}
            for weights, figures in weighted.items()
        },
        "alpha": {metric: with_reading(each, read_alpha) for metric, each in alpha.items()},
    }


def _empty(table: JudgementTable, names: Sequence[str], undefined: str | None) -> dict[str, Any]:
    return {
        "undefined": undefined,
        "categories": list(names),
        "n_judgements": 0,
        "n_left_out": table.n_judgements,
        "weighted": {},
        "alpha": {},
    }


def _on_scale(
    table: JudgementTable, taken: Any, place: FloatArray, names: Sequence[str]
) -> JudgementTable:
    rows = table.rows
    if rows is None:
        raise ValueError("a scale needs judgements with their annotators")
    comparison = rows.comparison[taken]
    found = JudgementTable.from_arrays(
        table.comparisons[comparison],
        rows.annotators[rows.annotator[taken]],
        place.astype(np.int64),
        categories=range(len(names)),
        prompt=None if table.prompts is None else table.prompts[comparison],
    )
    return replace(found, categories=tuple(names))
