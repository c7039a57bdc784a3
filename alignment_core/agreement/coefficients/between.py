"""Agreement of two sides of a table: two people, two cohorts, people and a model."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from alignment_core.agreement.coefficients.crossed import Settings, figures_of_two
from alignment_core.agreement.coefficients.verdict_weights import agreement_weights
from alignment_core.agreement.figures.figure import (
    ANNOTATORS_UNKNOWN,
    NO_JUDGEMENTS,
    NOTHING_SHARED,
    Figure,
)
from alignment_core.agreement.redundancy import caution_of_votes, with_caution
from alignment_core.agreement.tables.columns import IntArray
from alignment_core.agreement.tables.keys import key_selection
from alignment_core.agreement.tables.table import JudgementTable


def measure_between(
    table: JudgementTable,
    first: Collection[Any],
    second: Collection[Any],
    *,
    weights: str | npt.ArrayLike = "identity",
    values: npt.ArrayLike | None = None,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
    is_pooled: bool = False,
) -> dict[str, Figure]:
    """Agreement between two groups of annotators, not within them.

    On each comparison that both groups judged, every judgement of one is set beside every one of
    the other, and the comparison counts once, or, where it is pooled, each pair of judgements.
    With one annotator in each, the figures are those of two judges; a cohort against another, or
    people against a model, are larger groups. Those whom the table does not know are passed over.

    Args: table: with annotators. first, second: keys of the annotators of each group. weights and
        values as `measure_weighted`; level, n_resamples, seed as `measure_agreement`.
        is_pooled: comparisons with many judgements weigh more, as in pooled percent agreement.
    Returns: figures by name: percent_agreement (weighted), cohen_kappa (each group with its own
        shares), scott_pi, gwet_ac, brennan_prediger; n_pairs are pairs across the groups.
    Raises: ValueError if somebody is in both groups, a key is missing or of another kind than the
        table's, or a setting is out of range.
    Source: Schouten 1982, Statistica Neerlandica 36 (agreement between groups of judges).
    """
    settings = Settings(
        agreement_weights(weights, table.categories, values), level, n_resamples, seed
    )
    found = _between(table, first, second, settings, is_pooled=is_pooled)
    return with_caution(found, caution_of_votes(table))


def measure_each_between(
    table: JudgementTable,
    pairs: Sequence[tuple[Collection[Any], Collection[Any]]],
    *,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
    is_pooled: bool = False,
) -> list[dict[str, Figure]]:
    """`measure_between` of several pairs of groups: whether votes decided is looked at once.

    Args: table, level, n_resamples, seed and is_pooled as of `measure_between`; pairs of groups of
        annotators.
    """
    caution = caution_of_votes(table) if pairs else None
    settings = Settings(np.eye(len(table.categories)), level, n_resamples, seed)
    return [
        with_caution(_between(table, *pair, settings, is_pooled=is_pooled), caution)
        for pair in pairs
    ]


def _between(
    table: JudgementTable,
    first: Collection[Any],
    second: Collection[Any],
    settings: Settings,
    *,
    is_pooled: bool,
) -> dict[str, Figure]:
    groups = _groups(table, {"first": first, "second": second})
    both = groups[0] & groups[1]
    if both:
        raise ValueError(f"annotator {sorted(both, key=str)[0]!s} is in both groups")
    q = len(table.categories)
    if table.rows is None:
        nothing = ANNOTATORS_UNKNOWN if table.n_judgements else NO_JUDGEMENTS
        return figures_of_two(table, np.zeros((0, q * q)), None, 0, settings, nothing)
    counts = [_counts_of(table, group) for group in groups]
    sizes = [of_group.sum(axis=1) for of_group in counts]
    shared = np.flatnonzero((sizes[0] > 0) & (sizes[1] > 0))
    shares = [
        c[shared] / (1 if is_pooled else s[shared, None])
        for c, s in zip(counts, sizes, strict=True)
    ]
    cells = (shares[0][:, :, None] * shares[1][:, None, :]).reshape(len(shared), q * q)
    n_pairs = int((sizes[0] * sizes[1]).sum())
    prompts = None if table.prompts is None else table.prompts[shared]
    n_judgements = int(sizes[0][shared].sum() + sizes[1][shared].sum())
    return figures_of_two(table, cells, prompts, n_pairs, settings, NOTHING_SHARED, n_judgements)


def _groups(table: JudgementTable, named: Mapping[str, Collection[Any]]) -> list[set[Any]]:
    return [key_selection(group, name, table.annotators) for name, group in named.items()]


def _counts_of(table: JudgementTable, group: set[Any]) -> IntArray:
    """Judgements of a group by comparison and category."""
    rows, q = table.rows, len(table.categories)
    if rows is None:
        raise ValueError("groups need judgements with their annotators")
    is_in = np.array([key in group for key in rows.annotators.tolist()], dtype=bool)
    taken = is_in[rows.annotator]
    code = rows.comparison[taken] * q + rows.category[taken]
    counted = np.bincount(code, minlength=len(table.comparisons) * q)
    return counted.reshape(len(table.comparisons), q).astype(np.int64)
