"""How reliable each annotator is, by Dawid and Skene's model, with an interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from alignment_core.agreement.annotators.dawid_skene import DawidSkene
from alignment_core.agreement.figures.figure import NO_JUDGEMENTS, WILSON_LOUIS, Figure
from alignment_core.agreement.figures.intervals import wilson_interval
from alignment_core.agreement.tables.columns import FloatArray
from alignment_core.agreement.tables.sparse_votes import rows_and_repeats
from alignment_core.agreement.tables.table import JudgementTable


@dataclass(frozen=True)
class AnnotatorReliability:
    """One annotator by key.

    accuracy: share of their judgements that give the true category, as far as the model knows it.
    informativeness: in [0, 1]; 0 where what they say does not depend on the truth (a spammer), 1
        where it settles the truth. Somebody who always swaps two categories has 1 as well: their
        accuracy is low, and their judgements can be put to use.
    chance: the accuracy of somebody who gives the same verdicts whatever the truth.
    """

    annotator: Any
    accuracy: Figure
    informativeness: float
    chance: float


def measure_reliability(
    table: JudgementTable, model: DawidSkene, *, level: float = 0.95
) -> list[AnnotatorReliability]:
    """Accuracy and informativeness of every annotator of the table that the model was fitted to.

    The interval is Wilson's for the share of right judgements, on fewer judgements than were made:
    the model does not know the truth, and by Louis's formula an uncertain truth t(1 - t) each
    costs t(1 - t) / (p (1 - p)) judgements. The others' values count as known.

    Args: table: with annotators. model: fitted to it. level: of the intervals, in (0, 1).
    Source: Louis 1982, JRSS B 44, eq. 3.2; informativeness: the spammer score of Raykar & Yu 2012,
        Journal of Machine Learning Research 13, section 4.2.
    """
    rows = rows_and_repeats(table)
    n_annotators = len(model.annotators)
    right = model.posterior[rows.comparison, rows.category]
    n = np.bincount(rows.annotator, minlength=n_annotators)
    share = np.bincount(rows.annotator, right, n_annotators) / np.maximum(n, 1)
    unknown = np.bincount(rows.annotator, right * (1 - right), n_annotators)
    spread = share * (1 - share)
    lost = np.divide(unknown, spread, out=np.zeros_like(unknown), where=spread > 0)
    effective = np.clip(n - lost, 1, None)
    given = np.zeros((n_annotators, len(model.categories)))
    np.add.at(given, (rows.annotator, rows.category), 1)
    chance = given @ model.prevalence / np.maximum(n, 1)
    informativeness = spammer_score(model.confusion)
    return [
        AnnotatorReliability(
            annotator=key,
            accuracy=_figure(table, model, level, float(share[i]), float(effective[i]), int(n[i])),
            informativeness=float(informativeness[i]),
            chance=float(chance[i]),
        )
        for i, key in enumerate(model.annotators)
    ]


def spammer_score(confusion: FloatArray) -> FloatArray:
    """0 where all true categories are reported alike, 1 where the report settles the category.

    Args: confusion, shape (n_annotators, n_categories, n_categories), true category before given.
    Returns: mean over pairs of true categories of half the squared distance between their rows,
        (n_annotators,), in [0, 1]; 0 with one category. For two categories it is
        (sensitivity + specificity - 1)².
    """
    n_categories = confusion.shape[1]
    if n_categories < 2:
        return np.zeros(len(confusion))
    squares = (confusion**2).sum(axis=(1, 2))
    total = (confusion.sum(axis=1) ** 2).sum(axis=1)
    distances: FloatArray = (n_categories * squares - total) / (n_categories * (n_categories - 1))
    return np.maximum(distances, 0)


def _figure(
    table: JudgementTable, model: DawidSkene, level: float, share: float, effective: float, n: int
) -> Figure:
    low, high = wilson_interval(share * effective, effective, level=level) if n else (None, None)
    prevalence = dict(zip(table.categories, model.prevalence.tolist(), strict=True))
    return Figure(
        value=share if n else None,
        low=low,
        high=high,
        level=level,
        n_comparisons=n,
        n_judgements=n,
        n_pairs=0,
        prevalence=prevalence,
        undefined=None if n else NO_JUDGEMENTS,
        interval_undefined=None,
        method=WILSON_LOUIS,
    )
