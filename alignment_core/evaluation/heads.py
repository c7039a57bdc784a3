"""What the heads beside a reward model's score are worth: those of cohorts, and for uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from alignment_core.data.records import PreferenceRecord
from alignment_core.evaluation.figures import (
    SMALLEST_GROUP,
    FloatArray,
    mean_figure,
    share_of_group,
    too_few,
)
from alignment_core.evaluation.metrics import undefined
from alignment_core.evaluation.model_scores import HeadOffsets
from alignment_core.evaluation.slices import cohort_sides, win_values


def heads_section(
    cohorts: Sequence[str],
    offsets: HeadOffsets,
    margins: FloatArray,
    records: Sequence[PreferenceRecord],
) -> dict[str, Any]:
    """Accuracy of each cohort's own head, and whether doubtful pairs are the ones it gets wrong.

    Args:
        offsets: from the score, on chosen and rejected.
        margins: of the score, chosen minus rejected, shape (records,).
    """
    apart = offsets.apart[:, 0] - offsets.apart[:, 1]
    return {
        "cohort_heads": {
            cohort: cohort_head(margins, margins + own[0] - own[1], cohort_sides(records, cohort))
            for cohort, own in zip(cohorts, offsets.by_cohort, strict=True)
        },
        "uncertainty": (
            uncertainty(apart.std(axis=0), margins, records)
            if len(apart)
            else undefined("it has no heads for uncertainty")
        ),
    }


def cohort_head(score: FloatArray, own: FloatArray, sides: FloatArray) -> dict[str, Any]:
    """How often a cohort's head, and the score, prefer what most of the cohort preferred.

    Args:
        score, own: margins of the score and of the cohort's head, shape (records,).
        sides: 1, -1 or 0 where the cohort has no majority.
    Returns: accuracy, accuracy_of_score and gain (own minus score, over the same pairs).
    """
    decided = sides != 0
    by_own = win_values((sides * own)[decided])
    by_score = win_values((sides * score)[decided])
    return {
        "accuracy": share_of_group(by_own.tolist()),
        "accuracy_of_score": share_of_group(by_score.tolist()),
        "gain": mean_figure(by_own - by_score),
    }


def uncertainty(
    spread: FloatArray, margins: FloatArray, records: Sequence[PreferenceRecord]
) -> dict[str, Any]:
    """Accuracy on the half of the preferences where the heads agree most, and on the other.

    If the spread is worth anything for choosing what to label next, the first is well above the
    second. A spread can be high only because margins are large, so it is also divided by them.

    Args:
        spread: standard deviation of the margin over the heads, at least 0, shape (records,).
    Returns: sure and doubtful by spread over |margin|, and sure_by_spread, doubtful_by_spread.
    """
    decided = np.array([record.outcome == "preference" for record in records], dtype=bool)
    values, spread, margins = win_values(margins[decided]), spread[decided], margins[decided]
    if len(values) < 2 * SMALLEST_GROUP:
        return too_few(len(values), "pairs")
    relative = spread / np.maximum(np.abs(margins), 1e-12)
    halves = {"": relative, "_by_spread": spread}
    return {
        name + suffix: share_of_group(values[places].tolist())
        for suffix, measure in halves.items()
        for name, places in _halves(measure).items()
    }


def _halves(measure: FloatArray) -> dict[str, np.ndarray[Any, np.dtype[np.int64]]]:
    order = np.argsort(measure, kind="stable")
    middle = len(order) // 2
    return {"sure": order[:middle], "doubtful": order[middle:]}
