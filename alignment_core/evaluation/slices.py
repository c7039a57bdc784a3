"""Preference accuracy of parts of the held-out records, and what the scorer says of ties."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import Any

import numpy as np

from alignment_core.data.records import PreferenceRecord, VerdictCounts
from alignment_core.evaluation.figures import (
    SMALLEST_GROUP,
    FloatArray,
    resampled_figure,
    share_of_group,
    too_few,
)
from alignment_core.evaluation.held_out import prompts_of
from alignment_core.evaluation.metrics import TIE_TOLERANCE
from alignment_core.evaluation.preflight import longer_wins

MOST_GROUPS = 30  # of tags: the most frequent ones; a report of hundreds would hide them all


def win_values(margins: FloatArray) -> FloatArray:
    """1 where chosen is ahead, 0 where it is behind, ½ where the scorer sees no difference."""
    return np.where(np.abs(margins) <= TIE_TOLERANCE, 0.5, (margins > 0).astype(np.float64))


def accuracy_slices(margins: FloatArray, records: Sequence[PreferenceRecord]) -> dict[str, Any]:
    """Accuracy overall and of each part, each beside "the longer wins" on the same pairs.

    Args:
        margins: how far chosen is ahead of rejected, shape (records,).
    """
    decided = [place for place, record in enumerate(records) if record.outcome == "preference"]
    values = win_values(margins)
    tags: dict[str, list[int]] = {}
    languages: dict[str, list[int]] = {}
    lengths: dict[str, list[int]] = {"chosen_longer": [], "chosen_not_longer": []}
    for place in decided:
        record = records[place]
        is_longer = len(record.chosen) > len(record.rejected)
        lengths["chosen_longer" if is_longer else "chosen_not_longer"].append(place)
        languages.setdefault(record.language or "not given", []).append(place)
        for tag in record.tags:
            tags.setdefault(tag, []).append(place)
    frequent = sorted(tags, key=lambda tag: (-len(tags[tag]), tag))[:MOST_GROUPS]

    def beside_length(places: list[int]) -> dict[str, Any]:
        part = [records[place] for place in places]
        prompts = prompts_of(part)
        return {
            "accuracy": share_of_group(values[places].tolist(), prompts=prompts),
            "longer_wins": share_of_group(longer_wins(part), prompts=prompts),
        }

    return {
        "overall": beside_length(decided),
        "by_length": {name: beside_length(places) for name, places in lengths.items()},
        "by_tag": {tag: beside_length(tags[tag]) for tag in frequent},
        "by_language": {name: beside_length(languages[name]) for name in sorted(languages)},
        "by_cohort": _by_cohort(margins, records),
        "n_tags_left_out": len(tags) - len(frequent),
    }


def _by_cohort(margins: FloatArray, records: Sequence[PreferenceRecord]) -> dict[str, Any]:
    """How often the scorer prefers what most of a cohort preferred.

    The cohort's own majority counts, which may differ from the outcome of all votes together.
    """
    cohorts = sorted({cohort for record in records for cohort in record.verdicts_by_cohort})
    parts = {}
    for cohort in cohorts:
        sides = cohort_sides(records, cohort)
        decided = sides != 0
        if decided.any():
            signs = [np.sign(len(record.chosen) - len(record.rejected)) for record in records]
            longer = 0.5 + 0.5 * (sides * np.array(signs))[decided]
            wins = win_values((sides * margins)[decided])
            prompts = prompts_of(list(compress(records, decided)))
            parts[cohort] = {
                "accuracy": share_of_group(wins.tolist(), prompts=prompts),
                "longer_wins": share_of_group(longer.tolist(), prompts=prompts),
            }
    return parts


def cohort_sides(records: Sequence[PreferenceRecord], cohort: str) -> FloatArray:
    """1 where most of a cohort's votes are for chosen, -1 for rejected, 0 for neither."""
    none = VerdictCounts()
    votes = [record.verdicts_by_cohort.get(cohort, none) for record in records]
    return np.sign(np.array([one.chosen - one.rejected for one in votes], dtype=np.float64))


def ties_report(margins: FloatArray, records: Sequence[PreferenceRecord]) -> dict[str, Any]:
    """Whether the scorer sees a smaller difference where people saw none.

    Returns:
        n_people: records whose outcome is a tie. n_scorer: preferences the scorer calls a tie.
        closer: the probability that a tie's |margin| is below a preference's, ½ if they do not
            differ (Mann & Whitney's U over the number of couples).
    """
    is_tie = np.array([record.outcome == "tie" for record in records], dtype=bool)
    is_decided = np.array([record.outcome == "preference" for record in records], dtype=bool)
    sizes = np.abs(margins)
    n_people = int(is_tie.sum())
    few = n_people < SMALLEST_GROUP
    closer = too_few(n_people, "ties") if few else _closer(sizes[is_tie], sizes[is_decided])
    return {
        "n_people": n_people,
        "n_scorer": int((sizes[is_decided] <= TIE_TOLERANCE).sum()),
        "closer": closer,
    }


def _closer(ties: FloatArray, preferences: FloatArray) -> dict[str, Any]:
    preferences = np.sort(preferences)
    below = np.searchsorted(preferences, ties, side="left")
    not_above = np.searchsorted(preferences, ties, side="right")
    n_ties = len(ties)

    def probability(weights: FloatArray) -> FloatArray:
        of_ties, of_preferences = weights[:, :n_ties], weights[:, n_ties:]
        total = np.zeros((len(weights), len(preferences) + 1))
        np.cumsum(of_preferences, axis=1, out=total[:, 1:])
        above = total[:, -1:] - total[:, not_above]
        equal = total[:, not_above] - total[:, below]
        couples = of_ties.sum(axis=1) * total[:, -1]
        with np.errstate(divide="ignore", invalid="ignore"):
            wins = (of_ties * (above + equal / 2)).sum(axis=1)
            return np.asarray(np.where(couples > 0, wins / couples, np.nan))

    return resampled_figure(probability, n_ties + len(preferences), what="ties and preferences")
