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


def weighted_scales(
    table: JudgementTable,
    *,
    has_ties: bool = True,
    most: int = 3,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:
    """Weighted coefficients of first, tie and second, and of by how much one is better.

    A tie lies in the middle of both scales. On that of strengths, 0 is a step of its own to either
    side where anybody chose one answer by 0 (negligibly better). What has no place on a scale is
    left out and counted: both bad, and, on that of strengths, a choice without one.

    Args:
        table: with annotators; `strength` from 0 to `most`, a whole number, where it is known.
        has_ties: whether a tie could be said; else the scale of verdicts has two ends alone, on
            which every weighted figure is its unweighted one, and is null.
        level, n_resamples, seed: as `measure_agreement`.
    Returns: ready for JSON; docs/statistics/further.md lists its keys.
    Raises: ValueError if a setting or a strength is out of range, or annotators are not known.
    """
    if table.rows is None:
        raise ValueError("a scale needs judgements with their annotators")
    check_resampling(level=level, n_resamples=n_resamples, seed=seed)
    settings = {"level": level, "n_resamples": n_resamples, "seed": seed}
    side = _sides(table, table.rows)
    strength = _strengths(table.rows, most)
    least = 0 if ((strength == 0) & (np.abs(side) == 1)).any() else 1
    on_scale = np.where(side == 0, 0, side * (strength + 1 - least))
    steps = range(least, most + 1)
    names = [f"second by {n}" for n in reversed(steps)]
    names += ["even", *(f"first by {n}" for n in steps)]
    return {
        "verdicts": _scale(table, -side, ["first", "tie", "second"], NO_JUDGEMENTS, settings)
        if has_ties
        else None,
        "strength": _scale(table, on_scale, names, STRENGTHS_UNKNOWN, settings)
        if np.isfinite(strength[np.isfinite(side) & (side != 0)]).any()
        else _empty(table, names, STRENGTHS_UNKNOWN if table.n_judgements else NO_JUDGEMENTS),
    }


def _sides(table: JudgementTable, rows: JudgementRows) -> FloatArray:
    """1 first, -1 second, 0 a tie, NaN anything else, of each judgement."""
    of_name = {"first": 1.0, "second": -1.0, "tie": 0.0}
    sides = np.array([of_name.get(name, np.nan) for name in table.categories])
    found: FloatArray = sides[rows.category] if len(rows) else np.zeros(0)
    return found


def _strengths(rows: JudgementRows, most: int) -> FloatArray:
    strength = np.full(len(rows), np.nan) if rows.strength is None else rows.strength
    known = strength[np.isfinite(strength)]
    bad = known[(known < 0) | (known > most) | (known != np.floor(known))]
    if bad.size:
        raise ValueError(f"a strength is {bad[0]}, not a whole number from 0 to {most}")
    return strength


def _scale(
    table: JudgementTable,
    place: FloatArray,
    names: Sequence[str],
    nothing: str,
    settings: dict[str, Any],
) -> dict[str, Any]:
    """Args: place of each judgement, 0 in the middle of the names; NaN where it has none."""
    taken = np.isfinite(place)
    if not taken.any():
        return _empty(table, names, nothing)
    on_scale = _on_scale(table, taken, place[taken] + len(names) // 2, names)
    weighted, alpha = measure_scale(on_scale, weights=WEIGHTS, metrics=METRICS, **settings)
    for weights, figures in weighted.items():
        figures["conger_kappa"] = measure_conger(on_scale, weights, level=settings["level"])
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
