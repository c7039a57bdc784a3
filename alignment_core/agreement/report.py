"""Everything the agreement page shows, as one object ready for JSON."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from alignment_core.agreement.annotators.dawid_skene import (
    ConfusionPrior,
    DawidSkene,
    fit_dawid_skene,
)
from alignment_core.agreement.annotators.reliability import measure_reliability
from alignment_core.agreement.biases.length_haste_drift import (
    measure_drift,
    measure_haste,
    measure_length,
)
from alignment_core.agreement.biases.position import PositionBias, measure_position
from alignment_core.agreement.coefficients.annotator_pairs import AnnotatorPair, measure_pairs
from alignment_core.agreement.coefficients.headline import headline_figures
from alignment_core.agreement.figures.figure import VOTES_DECIDED, Figure
from alignment_core.agreement.figures.setting_checks import check_resampling
from alignment_core.agreement.reading import (
    Reading,
    read_alpha,
    read_drift,
    read_kappa,
    read_length,
    read_nothing,
    read_percent,
    read_position,
    read_reliability,
    with_reading,
)
from alignment_core.agreement.redundancy import redundancy_of, with_caution, without_selected
from alignment_core.agreement.tables.columns import FloatArray
from alignment_core.agreement.tables.table import JudgementRows, JudgementTable

SCHEMA = 4
MOST_CONTESTED = 20
_SETTLED = 1e-5  # of the probabilities, of which a page shows three digits

_READ: dict[str, Callable[[Figure], Reading | None]] = {
    "percent_agreement": read_percent,
    "percent_agreement_by_comparison": read_percent,
    "krippendorff_alpha": read_alpha,
    "fleiss_kappa": read_kappa,
    "gwet_ac1": read_kappa,
}


def agreement_report(
    table: JudgementTable,
    *,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
    n_categories: int | None = None,
    max_pairs: int = 300,
    asked_of_all: int | None = None,
) -> dict[str, Any]:
    """Headline figures, pairs and reliability of annotators, biases, contested comparisons.

    Where comparisons were judged further by what had been said, the headline, pairs and drift are
    those of the first judgements (`detect_redundancy`); the entry `redundancy` says so.

    Args: table, level, n_resamples, seed and n_categories as `measure_agreement`; max_pairs as
        `measure_pairs`; asked_of_all, how many judgements each comparison gets whatever is said,
        where that is known (None: it is found out).
    Returns: a dictionary of dictionaries, lists, strings, numbers and None;
        `docs/statistics/report.md` lists its keys. Keys stay integers or strings, anything else is
        made text.
    Raises: ValueError if a setting is out of range.
    """
    check_resampling(level=level, n_resamples=n_resamples, seed=seed)
    redundancy = redundancy_of(table, asked_of_all)
    unselected = without_selected(table, redundancy)
    headline = headline_figures(
        unselected, level=level, n_resamples=n_resamples, seed=seed, n_categories=n_categories
    )
    if redundancy.depends_on_votes and not redundancy.is_corrected:
        headline = with_caution(headline, VOTES_DECIDED)
    matrix = measure_pairs(
        unselected, level=level, n_resamples=n_resamples, seed=seed, max_pairs=max_pairs
    )
    model = None
    if table.rows is not None and len(table.rows):
        model = fit_dawid_skene(table, prior=ConfusionPrior(), tolerance=_SETTLED)
    position = measure_position(table, level=level)
    return {
        "schema": SCHEMA,
        "settings": {"level": level, "n_resamples": n_resamples, "seed": seed},
        "counts": _counts(table),
        "redundancy": redundancy.to_dict(),
        "figures": {name: with_reading(figure, _READ[name]) for name, figure in headline.items()},
        "pairs": {
            "undefined": matrix.undefined,
            "n_sharing": matrix.n_sharing,
            "n_listed": len(matrix.pairs),
            "listed": [_pair(pair) for pair in matrix.pairs],
        },
        "position": with_reading(position.everybody, read_position),
        "length": with_reading(measure_length(table, level=level).everybody, read_length),
        "haste": with_reading(measure_haste(table, level=level).everybody, read_nothing),
        "drift": with_reading(measure_drift(unselected, level=level).everybody, read_drift),
        "annotators": _annotators(table, position, model, level, seed),
        "model": _model(model),
        "contested": _contested(table, model),
    }


def _pair(pair: AnnotatorPair) -> dict[str, Any]:
    return {
        "first": _plain(pair.first),
        "second": _plain(pair.second),
        "percent_agreement": with_reading(pair.percent_agreement, read_percent),
        "cohen_kappa": with_reading(pair.cohen_kappa, read_kappa),
    }


def _counts(table: JudgementTable) -> dict[str, Any]:
    by_category = table.counts.sum(axis=0)
    depth, frequency = np.unique(table.counts.sum(axis=1), return_counts=True)
    total = table.n_judgements
    judged = table.counts.sum(axis=1) > 0
    prompts = table.comparisons if table.prompts is None else table.prompts
    return {
        "n_judgements": total,
        "n_comparisons": int(judged.sum()),
        "n_prompts": len(np.unique(prompts[judged])),
        "n_annotators": None if table.annotators is None else len(table.annotators),
        "categories": [
            {"category": name, "n": int(n), "share": int(n) / total if total else None}
            for name, n in zip(table.categories, by_category, strict=True)
        ],
        "comparisons_by_n_judgements": {
            str(n): int(times) for n, times in zip(depth, frequency, strict=True)
        },
    }


def _annotators(
    table: JudgementTable, position: PositionBias, model: DawidSkene | None, level: float, seed: int
) -> list[dict[str, Any]]:
    if table.rows is None or model is None:
        return []
    rows, n_annotators = table.rows, len(table.rows.annotators)
    shared = table.counts.sum(axis=1)[rows.comparison] > 1
    n_judgements = np.bincount(rows.annotator, minlength=n_annotators)
    n_shared = np.bincount(rows.annotator[shared], minlength=n_annotators)
    seconds = _median_seconds(rows, n_annotators)
    reliability = measure_reliability(table, model, level=level, seed=seed)
    sides = [figure for _key, figure in position.annotators]
    return [
        {
            "annotator": _plain(key),
            "n_judgements": int(n_judgements[i]),
            "n_shared": int(n_shared[i]),
            "median_seconds": _number(seconds[i]),
            "position": with_reading(sides[i], read_position) if sides else None,
            "position_adjusted_p": _number(position.adjusted_p[i]) if sides else None,
            "reliability": with_reading(
                reliability[i].accuracy,
                partial(read_reliability, chance=reliability[i].chance),
            ),
            "chance": _number(reliability[i].chance),
            "informativeness": _number(reliability[i].informativeness),
        }
        for i, key in enumerate(rows.annotators)
    ]


def _model(model: DawidSkene | None) -> dict[str, Any] | None:
    if model is None:
        return None
    return {
        "name": "dawid_skene",
        "log_likelihood": model.log_likelihood,
        "n_iterations": len(model.objective),
        "has_converged": model.has_converged,
        "prevalence": dict(zip(model.categories, model.prevalence.tolist(), strict=True)),
    }


def _contested(table: JudgementTable, model: DawidSkene | None) -> list[dict[str, Any]]:
    """Comparisons whose judgements differ most; of equals, the most judged, then the least sure."""
    n = table.counts.sum(axis=1)
    agreeing = (table.counts * (table.counts - 1)).sum(axis=1)
    differing = 1 - agreeing / np.maximum(n * (n - 1), 1)
    differing[n < 2] = 0
    sureness = np.zeros(len(n)) if model is None else model.posterior.max(axis=1).round(9)
    order = np.lexsort((np.arange(len(n)), sureness, -n, -differing))[:MOST_CONTESTED]
    found = []
    for place in order[differing[order] > 0]:
        counts = dict(zip(table.categories, table.counts[place].tolist(), strict=True))
        posterior = None
        if model is not None:
            posterior = dict(zip(model.categories, model.posterior[place].tolist(), strict=True))
        found.append(
            {
                "comparison": _plain(table.comparisons[place]),
                "share_differing": float(differing[place]),
                "counts": counts,
                "posterior": posterior,
            }
        )
    return found


def _median_seconds(rows: JudgementRows, n_annotators: int) -> FloatArray:
    """Median of the recorded seconds of each annotator, NaN where none are; (n_annotators,)."""
    medians = np.full(n_annotators, np.nan)
    if rows.seconds is None:
        return medians
    known = np.isfinite(rows.seconds)
    annotator, seconds = rows.annotator[known], rows.seconds[known]
    seconds = seconds[np.lexsort((seconds, annotator))]
    size = np.bincount(annotator, minlength=n_annotators)
    start, some = np.cumsum(size) - size, size > 0
    lower, upper = start + (size - 1) // 2, start + size // 2
    medians[some] = (seconds[lower[some]] + seconds[upper[some]]) / 2
    return medians


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _plain(key: Any) -> int | str:
    value = key.item() if isinstance(key, np.generic) else key
    return value if isinstance(value, int | str) else str(value)
