"""Agreement of people with themselves: what they said of a comparison, then and now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from alignment_core.agreement.coefficients.crossed import Settings, figures_of_two
from alignment_core.agreement.coefficients.verdict_weights import agreement_weights
from alignment_core.agreement.figures.figure import NO_REPEATS, Figure
from alignment_core.agreement.tables.keys import key_selection
from alignment_core.agreement.tables.table import JudgementRows, JudgementTable


@dataclass(frozen=True, eq=False)
class JudgedTwice:
    """Each repeat beside the first judgement of the same person: rows of one length.

    n_alone: repeats whose first judgement the table does not have.
    """

    first: JudgementRows
    again: JudgementRows
    n_alone: int


def judged_twice(
    table: JudgementTable, annotators: Collection[Any] | None = None
) -> JudgedTwice | None:
    """Args: annotators, their keys; default everybody. None where the table has no repeats."""
    asked = (
        None if annotators is None else key_selection(annotators, "annotators", table.annotators)
    )
    rows, repeats = table.rows, table.repeats
    if rows is None or repeats is None:
        return None
    if asked is not None:
        is_asked = np.array([key in asked for key in rows.annotators.tolist()], dtype=bool)
        repeats = repeats.take(is_asked[repeats.annotator])
    n_annotators = len(rows.annotators)
    first = rows.comparison * n_annotators + rows.annotator  # sorted, as the rows are
    again = repeats.comparison * n_annotators + repeats.annotator
    place = np.searchsorted(first, again)
    found = place < len(first)
    found[found] = first[place[found]] == again[found]
    return JudgedTwice(rows.take(place[found]), repeats.take(found), int((~found).sum()))


def measure_repeats(
    table: JudgementTable,
    *,
    annotators: Collection[Any] | None = None,
    weights: str | npt.ArrayLike = "identity",
    values: npt.ArrayLike | None = None,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Figure]:
    """How far people agree with themselves: each repeat beside the first judgement.

    Args: annotators: keys of some; default everybody. Those whom the table does not know are
        passed over. table, weights, values, level, n_resamples and seed as `measure_between`.
    Returns: the figures of `measure_between`, of which n_pairs is the number of repeats;
        `undefined` is no_repeats where nobody judged twice.
    Raises: ValueError if a key is missing or of another kind than the table's, or a setting is out
        of range.
    """
    of_pairs = agreement_weights(weights, table.categories, values)
    settings = Settings(of_pairs, level, n_resamples, seed)
    twice, q = judged_twice(table, annotators), len(table.categories)
    if twice is None:
        return figures_of_two(table, np.zeros((0, q * q)), None, 0, settings, NO_REPEATS)
    cells = np.eye(q * q)[twice.first.category * q + twice.again.category]
    keys = table.comparisons if table.prompts is None else table.prompts
    prompts, n = keys[twice.again.comparison], len(cells)
    return figures_of_two(table, cells, prompts, n, settings, NO_REPEATS, 2 * n)
