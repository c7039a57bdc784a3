"""Whether a reward model pays for length: the cheapest thing a policy can learn to give it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from alignment_core.data.records import PreferenceRecord
from alignment_core.evaluation.figures import (
    SMALLEST_GROUP,
    FloatArray,
    mean_figure,
    resampled_figure,
    share_of_group,
    too_few,
)
from alignment_core.evaluation.metrics import TIE_TOLERANCE

CHARACTERS = 100.0  # a slope is given for this many: one or two sentences
MOST_POINTS = 400


def reward_against_length(
    lengths: FloatArray, rewards: FloatArray, prompts: Sequence[str], *, what: str = "prompts"
) -> dict[str, Any]:
    """Reward against length among the completions of one prompt.

    Each prompt's mean is taken off first, so a prompt that asks for more and is answered better
    does not look like a reward for length.

    Args:
        lengths: in characters, shape (completions,). rewards: the same shape.
        prompts: the prompt of each completion; those of one prompt stand for one unit.
    Returns:
        correlation: Pearson's, in [-1, 1].
        slope: reward for 100 characters more (least squares).
        points: up to 400 of (characters, reward), as measured.
    """
    names, place = np.unique(np.asarray(prompts, dtype=object).astype(str), return_inverse=True)
    n_of = np.bincount(place, minlength=len(names)).astype(np.float64)
    x = lengths - (np.bincount(place, lengths) / n_of)[place]
    y = rewards - (np.bincount(place, rewards) / n_of)[place]
    keep = n_of[place] > 1  # one completion alone says nothing about its own prompt
    used, place = np.unique(place[keep], return_inverse=True)
    x, y = x[keep], y[keep]
    sums = [np.bincount(place, v, minlength=len(used)) for v in (x * x, x * y, y * y)]

    def correlation(weights: FloatArray) -> FloatArray:
        xx, xy, yy = (weights @ column for column in sums)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where((xx > 0) & (yy > 0), xy / np.sqrt(xx * yy), np.nan))

    def slope(weights: FloatArray) -> FloatArray:
        xx, xy = weights @ sums[0], weights @ sums[1]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(xx > 0, CHARACTERS * xy / xx, np.nan))

    chosen = np.linspace(0, len(lengths) - 1, min(MOST_POINTS, len(lengths))).astype(int)
    return {
        "correlation": resampled_figure(correlation, len(used), what=what),
        "slope": resampled_figure(slope, len(used), what=what),
        "n_completions": len(x),
        "points": [[int(lengths[i]), round(float(rewards[i]), 4)] for i in chosen],
    }


def prefers_longer(margins: FloatArray, records: Sequence[PreferenceRecord]) -> dict[str, Any]:
    """How often the reward model, and people, prefer the longer of two completions.

    Args:
        margins: chosen minus rejected, shape (records,).
    Returns: scorer, people and excess (scorer minus people) over the same preferences whose
        lengths differ; a scorer's tie counts one half.
    """
    longer = np.array([np.sign(len(record.chosen) - len(record.rejected)) for record in records])
    used = (longer != 0) & np.array([record.outcome == "preference" for record in records], bool)
    n = int(used.sum())
    if n < SMALLEST_GROUP:
        return {name: too_few(n, "pairs") for name in ("scorer", "people", "excess")}
    side = np.where(np.abs(margins) <= TIE_TOLERANCE, 0.0, np.sign(margins))
    scorer = 0.5 + 0.5 * (side * longer)[used]
    people = 0.5 + 0.5 * longer[used]
    return {
        "scorer": share_of_group(scorer.tolist()),
        "people": share_of_group(people.tolist()),
        "excess": mean_figure(scorer - people),
    }
