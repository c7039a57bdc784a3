"""How far people say the same again, ready for JSON."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from alignment_core.agreement.biases.prompt_numbers import prompt_of_each
from alignment_core.agreement.coefficients.judged_twice import (
    JudgedTwice,
    judged_twice,
    measure_repeats,
)
from alignment_core.agreement.figures.figure import NO_REPEATS
from alignment_core.agreement.figures.shares import shares_of_each
from alignment_core.agreement.reading import read_kappa, read_nothing, with_reading
from alignment_core.agreement.tables.table import NEITHER_SIDE, JudgementTable


def repeated_verdicts(
    table: JudgementTable,
    *,
    annotators: Collection[Any] | None = None,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:
    """Everybody's agreement with themselves, and each one's.

    Args: table: with repeats. annotators, level, n_resamples, seed: as `measure_repeats`.
    Returns: docs/statistics/further.md lists its keys.
    Raises: ValueError as `measure_repeats`.
    """
    found = measure_repeats(
        table, annotators=annotators, level=level, n_resamples=n_resamples, seed=seed
    )
    twice = judged_twice(table, annotators)
    n_repeats = 0 if twice is None else len(twice.again)
    return {
        "undefined": None if n_repeats else NO_REPEATS,
        "n_repeats": n_repeats,
        "n_alone": 0 if twice is None else twice.n_alone,
        "n_sides_exchanged": 0 if twice is None else _n_exchanged(twice),
        "median_seconds_between": None if twice is None else _seconds_between(twice),
        "figures": {
            "percent_agreement": with_reading(found["percent_agreement"], read_nothing),
            "cohen_kappa": with_reading(found["cohen_kappa"], read_kappa),
        },
        "annotators": [] if twice is None else _of_each(table, twice, level),
    }


def _n_exchanged(twice: JudgedTwice) -> int:
    """Repeats in which what stood on the left the first time stood on the right."""
    then, now = twice.first.first_left, twice.again.first_left
    if then is None or now is None:
        return 0
    return int(((then != now) & (then != NEITHER_SIDE) & (now != NEITHER_SIDE)).sum())


def _seconds_between(twice: JudgedTwice) -> float | None:
    then, now = twice.first.time, twice.again.time
    if then is None or now is None:
        return None
    seconds = (now - then)[np.isfinite(now - then)]
    return float(np.median(seconds)) if len(seconds) else None


def _of_each(table: JudgementTable, twice: JudgedTwice, level: float) -> list[dict[str, Any]]:
    again = twice.again
    keys, annotator = np.unique(again.annotator, return_inverse=True)
    shares = shares_of_each(
        twice.first.category == again.category,
        prompt_of_each(table)[again.comparison],
        annotator,
        len(keys),
        level=level,
        reason=NO_REPEATS,
    )
    return [
        {
            "annotator": key,
            "n_repeats": share.n_judgements,
            "percent_agreement": with_reading(share, read_nothing),
        }
        for key, share in zip(again.annotators[keys].tolist(), shares, strict=True)
    ]
