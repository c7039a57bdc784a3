"""How reliable each annotator is, by Dawid and Skene's model, with an interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from alignment_core.agreement.annotators.dawid_skene import ConfusionPrior, DawidSkene
from alignment_core.agreement.annotators.likely_truths import draw_right, shared_votes
from alignment_core.agreement.figures.figure import IMPUTED_MID_P, NO_JUDGEMENTS, Figure
from alignment_core.agreement.figures.intervals import mid_p_of_draws
from alignment_core.agreement.figures.setting_checks import check_level, check_seed
from alignment_core.agreement.tables.columns import FloatArray
from alignment_core.agreement.tables.sparse_votes import rows_and_repeats, votes_of
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
    table: JudgementTable,
    model: DawidSkene,
    *,
    level: float = 0.95,
    seed: int = 0,
) -> list[AnnotatorReliability]:
    """Accuracy and informativeness of every annotator of the table that the model was fitted to.

    The interval is exact (mid-P) for the share of right judgements among those that somebody else
    judged too. Which are right is known only by draws of the truths, so it is that of all draws
    together: one judgement is then right in some and wrong in others, and an end may lie far out
    on one side alone. Where nobody else judged the same, nothing is known, and the interval
    reaches from 0 to 1.

    Args: table: with annotators. model: fitted to it. level: of the intervals, in (0, 1). seed: of
        the draws, in which the confusions have the default `ConfusionPrior`.
    Raises: ValueError if a setting is out of range.
    Source: as of `mid_p_of_draws`; informativeness: the spammer score of Raykar & Yu 2012, Journal
        of Machine Learning Research 13, section 4.2.
    """
    check_level(level)
    check_seed(seed)
    rows = rows_and_repeats(table)
    n_annotators = len(model.annotators)
    right = model.posterior[rows.comparison, rows.category]
    n = np.bincount(rows.annotator, minlength=n_annotators)
    share = np.bincount(rows.annotator, right, n_annotators) / np.maximum(n, 1)
    low, high = _intervals(table, model, level, seed)
    low, high = np.minimum(low, share), np.maximum(high, share)
    given = np.zeros((n_annotators, len(model.categories)))
    np.add.at(given, (rows.annotator, rows.category), 1)
    chance = given @ model.prevalence / np.maximum(n, 1)
    informativeness = spammer_score(model.confusion)
    return [
        AnnotatorReliability(
            annotator=key,
            accuracy=_figure(table, model, level, share[i], (low[i], high[i]), n[i]),
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


def _intervals(
    table: JudgementTable, model: DawidSkene, level: float, seed: int
) -> tuple[FloatArray, FloatArray]:
    shared = shared_votes(votes_of(table))
    n_right = draw_right(shared, model, prior=ConfusionPrior(), rng=np.random.default_rng(seed))
    return mid_p_of_draws(n_right, shared.n_judgements, level=level)


def _figure(
    table: JudgementTable,
    model: DawidSkene,
    level: float,
    share: np.float64,
    interval: tuple[np.float64, np.float64],
    n: np.int64,
) -> Figure:
    prevalence = dict(zip(table.categories, model.prevalence.tolist(), strict=True))
    return Figure(
        value=float(share) if n else None,
        low=float(interval[0]) if n else None,
        high=float(interval[1]) if n else None,
        level=level,
        n_comparisons=int(n),
        n_judgements=int(n),
        n_pairs=0,
        prevalence=prevalence,
        undefined=None if n else NO_JUDGEMENTS,
        interval_undefined=None,
        method=IMPUTED_MID_P,
    )
