"""Position bias: how often annotators choose the answer on the left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from alignment_core.agreement.biases.prompt_numbers import prompt_of_each
from alignment_core.agreement.figures.figure import ALL_TIES, NO_JUDGEMENTS, SIDES_UNKNOWN, Figure
from alignment_core.agreement.figures.setting_checks import check_level
from alignment_core.agreement.figures.shares import (
    adjusted_p_values,
    clustered_share,
    shares_of_each,
    unknown_share,
)
from alignment_core.agreement.tables.table import NEITHER_SIDE, JudgementTable

NO_SIDE = ("tie", "both_bad")  # verdicts that choose neither, as they are named everywhere


def why_no_side(table: JudgementTable, unknown: str) -> str:
    """Why no judgement tells which of two was chosen: none is there, all are ties, or `unknown`."""
    if not table.n_judgements:
        return NO_JUDGEMENTS
    given = zip(table.categories, table.counts.sum(axis=0), strict=True)
    return unknown if any(n for name, n in given if name not in NO_SIDE) else ALL_TIES


@dataclass(frozen=True)
class PositionBias:
    """Share of left choices of everybody, and of each annotator by key (table order).

    adjusted_p: for each annotator the p-value of leaning to a side, adjusted for how many
        annotators there are (Benjamini and Hochberg); NaN where no judgement was decided.
    """

    everybody: Figure
    annotators: tuple[tuple[Any, Figure], ...]
    adjusted_p: tuple[float, ...]


def measure_position(table: JudgementTable, *, level: float = 0.95) -> PositionBias:
    """Share of left among the judgements that chose a side; 0.5 where sides do not matter.

    Sides are drawn at random for each judgement, so without a bias the choices are independent.
    A lean is not: where answers are near each other people take the left one more often, so the
    intervals keep a prompt's judgements together, those of an annotator too. Ties count nowhere.

    Args: table: with the sides that were chosen. level in (0, 1).
    Returns: shares in [0, 1]; in the figures n_judgements are decided judgements and n_pairs is 0.
    Raises: ValueError if level is out of range.
    """
    check_level(level)
    if table.rows is None or table.rows.left_chosen is None:
        reason = why_no_side(table, SIDES_UNKNOWN)
        return PositionBias(unknown_share(level=level, reason=reason), (), ())
    decided = table.rows.left_chosen != NEITHER_SIDE
    annotator = table.rows.annotator[decided]
    n_annotators = len(table.rows.annotators)
    is_left = table.rows.left_chosen[decided] == 1
    comparison = table.rows.comparison[decided]
    prompt = prompt_of_each(table)[comparison]
    reason = why_no_side(table, SIDES_UNKNOWN)
    everybody = clustered_share(is_left, prompt, comparison, level=level, reason=reason)
    own = shares_of_each(is_left, prompt, annotator, n_annotators, level=level, reason=reason)
    annotators = tuple(zip(table.rows.annotators, own, strict=True))
    n_left = np.bincount(annotator[is_left], minlength=n_annotators)
    n_decided = np.bincount(annotator, minlength=n_annotators)
    adjusted = adjusted_p_values(n_left, n_decided)
    return PositionBias(everybody, annotators, tuple(adjusted.tolist()))
