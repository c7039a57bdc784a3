"""Length, haste and drift: what besides the answers may sway judgements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from alignment_core.agreement.biases.position import why_no_side
from alignment_core.agreement.biases.prompt_numbers import prompt_of_each
from alignment_core.agreement.figures.figure import (
    LENGTHS_UNKNOWN,
    NO_JUDGEMENTS,
    NOTHING_SHARED,
    TIMES_UNKNOWN,
    Figure,
)
from alignment_core.agreement.figures.setting_checks import check_level, check_positive
from alignment_core.agreement.figures.shares import (
    clustered_difference,
    clustered_share,
    shares_of_each,
    unknown_share,
)
from alignment_core.agreement.redundancy import caution_of_votes, with_caution
from alignment_core.agreement.tables.columns import FloatArray, IntArray
from alignment_core.agreement.tables.table import JudgementTable

# Silent reading of English prose is about 238 words a minute (Brysbaert 2019, Journal of Memory
# and Language 109); nobody takes in three times as many.
FASTEST_READING = 700.0

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Bias:
    """A figure of everybody, and of each annotator by key (table order)."""

    everybody: Figure
    annotators: tuple[tuple[Any, Figure], ...]


def measure_length(table: JudgementTable, *, level: float = 0.95) -> Bias:
    """Share of decided judgements that chose the longer completion; equal lengths count nowhere.

    One half means that length does not matter, or that it matters as much as it should: longer
    answers may be better ones. The intervals keep a prompt's judgements together, as all of a
    comparison have the same completion for the longer one.

    Args: table with `length_difference`; level in (0, 1).
    """
    check_level(level)
    rows = table.rows
    if rows is None or rows.length_difference is None:
        return _unknown(table, why_no_side(table, LENGTHS_UNKNOWN), level)
    difference = rows.length_difference
    taken = np.isfinite(difference) & (difference != 0)
    return _shares(table, taken, difference[taken] > 0, why_no_side(table, LENGTHS_UNKNOWN), level)


def measure_haste(
    table: JudgementTable, *, words_per_minute: float = FASTEST_READING, level: float = 0.95
) -> Bias:
    """Share of judgements made before anybody could have read what was shown.

    Args: table with `seconds` and `words`; words_per_minute, above 0; level in (0, 1).
    Raises: ValueError if the speed is not above 0, or the level out of range.
    """
    check_level(level)
    check_positive("words_per_minute", words_per_minute)
    rows = table.rows
    if rows is None or rows.seconds is None or rows.words is None:
        return _unknown(table, TIMES_UNKNOWN, level)
    taken = np.isfinite(rows.seconds) & np.isfinite(rows.words)
    needed = rows.words[taken] * 60 / words_per_minute
    return _shares(table, taken, rows.seconds[taken] < needed, TIMES_UNKNOWN, level)


def measure_drift(table: JudgementTable, *, level: float = 0.95) -> Bias:
    """Change of agreement with the others, from the earlier half of the judgements to the later.

    A judgement's agreement is its share of equal verdicts among the other judgements of its
    comparison. Everybody's halves are those of the project, an annotator's those of their own
    judgements. Below 0, agreement falls: people tire, guidelines blur, or pairs get harder.

    Args: table with `time`; level in (0, 1).
    """
    check_level(level)
    rows = table.rows
    if rows is None or rows.time is None:
        return _unknown(table, TIMES_UNKNOWN, level)
    n_others = table.counts.sum(axis=1)[rows.comparison] - 1
    taken = np.isfinite(rows.time) & (n_others > 0)
    comparison, annotator = rows.comparison[taken], rows.annotator[taken]
    same = table.counts[comparison, rows.category[taken]] - 1
    agreement = same / n_others[taken]
    cluster = prompt_of_each(table)[comparison]
    time = rows.time[taken]
    is_timed = np.isfinite(rows.time).any()
    reason = NOTHING_SHARED if is_timed and not taken.any() else TIMES_UNKNOWN
    everybody = clustered_difference(
        agreement, _is_later(time), cluster, comparison, level=level, reason=reason
    )
    found = []
    for key, own in _of_each(annotator, table):
        figure = clustered_difference(
            agreement[own],
            _is_later(time[own]),
            cluster[own],
            comparison[own],
            level=level,
            reason=reason,
        )
        found.append((key, figure))
    caution = caution_of_votes(table)
    (everybody,) = with_caution({"": everybody}, caution).values()
    cautious = [(key, with_caution({"": figure}, caution)[""]) for key, figure in found]
    return Bias(everybody, tuple(cautious))


def _shares(table: JudgementTable, taken: Mask, hits: Mask, reason: str, level: float) -> Bias:
    rows = table.rows
    if rows is None:
        return _unknown(table, reason, level)
    comparison, annotator = rows.comparison[taken], rows.annotator[taken]
    prompt = prompt_of_each(table)[comparison]
    everybody = clustered_share(hits, prompt, comparison, level=level, reason=reason)
    own = shares_of_each(hits, prompt, annotator, len(rows.annotators), level=level, reason=reason)
    return Bias(everybody, tuple(zip(rows.annotators, own, strict=True)))


def _is_later(time: FloatArray) -> IntArray:
    """Whether a judgement lies in the later half by order; ties in time stay together."""
    if not len(time):
        return np.zeros(0, dtype=np.int64)
    return (time > np.median(time)).astype(np.int64)


def _of_each(annotator: IntArray, table: JudgementTable) -> list[tuple[Any, IntArray]]:
    if table.annotators is None or not len(table.annotators):
        return []
    keys = table.annotators
    order = np.argsort(annotator, kind="stable")
    ends = np.cumsum(np.bincount(annotator, minlength=len(keys)))
    return list(zip(keys, np.split(order, ends[:-1]), strict=True))


def _unknown(table: JudgementTable, reason: str, level: float) -> Bias:
    why = reason if table.n_judgements else NO_JUDGEMENTS
    return Bias(unknown_share(level=level, reason=why), ())
