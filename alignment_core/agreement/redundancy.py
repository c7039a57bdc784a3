"""Whether how often a comparison was judged hangs on what was said about it.

Where further judgements are asked for until people agree, those that agreed at once stop short and
the others go on, so pairs of judgements are no random sample of pairs. The first judgements, which
were asked for whatever they said, are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from alignment_core.agreement.figures.figure import VOTES_DECIDED, Figure, worst_caution
from alignment_core.agreement.figures.setting_checks import check_whole
from alignment_core.agreement.figures.sums import Moments, comparison_sums, pattern_of_each
from alignment_core.agreement.tables.columns import FloatArray, IntArray
from alignment_core.agreement.tables.table import JudgementRows, JudgementTable
from alignment_core.agreement.when_to_stop import first_judgements

BY_TIME, BY_ORDER = "time", "order"

_DRAWS = 2000
_RARE = 0.001  # an association as strong as this arises so seldom by chance
_STRONG = 0.1  # Cramér's V; below that the figures hardly move, however sure it is
_DEEPEST = 12  # judgements of a comparison up to which it is looked for
_APART = 3.0  # standard errors between the order given and any other


@dataclass(frozen=True)
class Redundancy:
    """How the number of a comparison's judgements hangs on its verdicts.

    depends_on_votes: whether comparisons with the same verdicts so far were judged further alike.
    m: after how many judgements that began; None where it did not.
    order: by what the first m are known: "time", "order" or, where they are not, None.
    is_corrected: whether figures can be, and in a report are, those of the first m judgements.
    n_left_out: judgements after the first m.
    """

    depends_on_votes: bool
    m: int | None
    order: str | None
    is_corrected: bool
    n_left_out: int

    def to_dict(self) -> dict[str, Any]:
        """The fields by name, ready for JSON."""
        return asdict(self)


INDEPENDENT = Redundancy(False, None, None, is_corrected=False, n_left_out=0)


def detect_redundancy(table: JudgementTable) -> Redundancy:
    """Whether further judgements were asked for by what had been said.

    For m = 1, 2, …: of the comparisons with m judgements or more, do those that got another one
    differ in their first m verdicts from those that did not? The first m are known by `time` or
    `order`, where every judgement has one; else any m are taken, which tells as much but that
    figures cannot be corrected. An `order` is believed where the first m of those that went on
    differ from any other m of them, as they must if verdicts made them go on.

    Args: table with annotators; a table of counts has no order, and is looked at as such.
    Returns: m is the first at which chance explains the difference once in a thousand times or
        less and Cramér's V is 0.1 or more. Corrected where m is 2 or more and the order known.
    """
    sizes = table.counts.sum(axis=1)
    asked = sizes[sizes > 0]
    if not len(asked) or asked.min() == asked.max():
        return INDEPENDENT
    order, rows = _order_of(table)
    for m in range(1, min(int(asked.max()), _DEEPEST + 1)):
        judged = sizes >= m
        goes_on = sizes[judged] > m
        first = _first(table, rows, m)[judged]
        if goes_on.any() and not goes_on.all() and _depends(first, goes_on):
            if order == BY_ORDER and not _is_real(table.counts[judged][goes_on], first[goes_on]):
                order = None
            left_out = int((sizes - m).clip(0).sum())
            return Redundancy(True, m, order, order is not None and m > 1, left_out)
    return INDEPENDENT


def known_redundancy(table: JudgementTable, m: int) -> Redundancy:
    """Where it is known that m judgements were asked for whatever was said, and others after them.

    Args: table with annotators; m at least 1.
    """
    n_left_out = int((table.counts.sum(axis=1) - m).clip(0).sum())
    if not n_left_out:
        return INDEPENDENT
    order, _rows = _order_of(table)
    return Redundancy(True, m, order, order is not None and m > 1, n_left_out)


def redundancy_of(table: JudgementTable, asked_of_all: int | None = None) -> Redundancy:
    """What is known, where it is known how many were asked for whatever was said; else detected.

    Args: table with annotators; asked_of_all, judgements of each comparison, at least 1, or None.
    Raises: ValueError if asked_of_all is no such number.
    """
    if asked_of_all is None:
        return detect_redundancy(table)
    check_whole("asked_of_all", asked_of_all, least=1)
    return known_redundancy(table, asked_of_all)


def without_selected(table: JudgementTable, redundancy: Redundancy) -> JudgementTable:
    """The judgements that were asked for whatever was said: the first m, where they are known.

    Args:
        table: all judgements.
        redundancy: what `detect_redundancy` says of this table.
    """
    if not redundancy.is_corrected or redundancy.m is None:
        return table
    return first_judgements(table, redundancy.m)


def caution_of_votes(table: JudgementTable) -> str | None:
    """VOTES_DECIDED where figures of all these judgements are bent, else None."""
    return VOTES_DECIDED if detect_redundancy(table).depends_on_votes else None


def with_caution(figures: Mapping[str, Figure], caution: str | None) -> dict[str, Figure]:
    """The figures, those that have a value with this caution if it is the worse one."""
    return {
        name: figure
        if figure.value is None
        else replace(figure, caution=worst_caution(caution, figure.caution))
        for name, figure in figures.items()
    }


def _order_of(table: JudgementTable) -> tuple[str | None, JudgementRows]:
    """By what judgements are ordered, and the rows of the table in that order."""
    rows = _rows(table)
    for name, values in ((BY_TIME, rows.time), (BY_ORDER, rows.order)):
        if values is not None and np.isfinite(values).all():
            return name, rows.take(np.lexsort((rows.annotator, values, rows.comparison)))
    any_order = np.random.default_rng(0).permutation(len(rows))
    return None, rows.take(any_order[np.argsort(rows.comparison[any_order], kind="stable")])


def _rows(table: JudgementTable) -> JudgementRows:
    if table.rows is not None:
        return table.rows
    cell = np.repeat(np.arange(table.counts.size), table.counts.ravel())
    comparison, category = np.divmod(cell, len(table.categories))
    return JudgementRows(np.zeros(1, dtype=np.int64), comparison, np.zeros_like(cell), category)


def _first(table: JudgementTable, rows: JudgementRows, m: int) -> IntArray:
    """Counts of the first m verdicts of each comparison, (n_comparisons, q)."""
    sizes = table.counts.sum(axis=1)
    place = np.arange(len(rows)) - (np.cumsum(sizes) - sizes)[rows.comparison]
    taken = place < m
    cell = rows.comparison[taken] * len(table.categories) + rows.category[taken]
    counts = np.bincount(cell, minlength=table.counts.size).reshape(table.counts.shape)
    return counts.astype(np.int64)


def _depends(first: IntArray, goes_on: Any) -> bool:
    """Whether who goes on differs in the first verdicts: an exact test, by drawing."""
    patterns, pattern = pattern_of_each(first)
    n_patterns, n = len(patterns), len(goes_on)
    totals = np.bincount(pattern, minlength=n_patterns)
    going = np.bincount(pattern[goes_on], minlength=n_patterns)
    n_going = int(going.sum())
    expected = totals * (n_going / n)

    def chi_squared(counts: Any) -> FloatArray:
        found: FloatArray = ((counts - expected) ** 2 / expected).sum(axis=-1) * n / (n - n_going)
        return found

    observed = float(chi_squared(going))
    if observed < _STRONG**2 * n:
        return False
    rng = np.random.default_rng(0)
    drawn = rng.multivariate_hypergeometric(totals, n_going, size=_DRAWS, method="marginals")
    n_as_strong = int((chi_squared(drawn) >= observed - 1e-9).sum())
    return (1 + n_as_strong) / (1 + _DRAWS) <= _RARE


def _is_real(counts: IntArray, first: IntArray) -> bool:
    """Whether the first verdicts agree more or less often than any others of their comparisons."""
    apart = _share_agreeing(first) - _share_agreeing(counts)
    return abs(float(apart.sum())) > _APART * float(np.sqrt(apart @ apart))


def _share_agreeing(counts: IntArray) -> FloatArray:
    """Share of agreeing pairs of each comparison; 0 of one judgement."""
    sums = comparison_sums(counts)
    shares: FloatArray = Moments(sums, counts.shape[1]).share_agreeing
    return shares
