"""Orders of examples from easy to hard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from alignment_core.data.preparation import PreparedRecords
from alignment_core.data.targets import agreement


def easy_to_hard(difficulties: Sequence[float], *, seed: int) -> list[int]:
    """Places in ascending order of difficulty; equal ones in a random order that the seed fixes.

    Args:
        difficulties: one number an example; only their order counts.
    Returns: every place once.
    Raises: ValueError if a difficulty is no number.
    """
    values = np.asarray(difficulties, dtype=float)
    if np.isnan(values).any():
        raise ValueError("a difficulty is no number")
    luck = np.random.default_rng(seed).permutation(len(values))
    return [int(place) for place in np.lexsort((luck, values))]


def difficulties(kind: str, split: PreparedRecords, *, vote_prior: float) -> list[float]:
    """How hard each example is by what its record says: larger is harder.

    Args:
        kind: "agreement" (how split the votes are), "strength" (how slight the preference is;
            unknown is hardest) or "length" (tokens of prompt and both completions).
        vote_prior: votes added to each side before taking the share.
    """
    if kind == "length":
        return [
            float(len(example.prompt_ids) + sum(map(len, example.completions)))
            for example in split.examples
        ]
    if kind == "strength":
        return [-(record.strength or 0.0) for record in split.records]
    return [-agreement(record, vote_prior=vote_prior) for record in split.records]
