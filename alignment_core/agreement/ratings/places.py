"""Which place each model has, and how sure that is: drawn from what the intervals say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignment_core.agreement.figures.setting_checks import check_seed, check_whole
from alignment_core.agreement.ratings.rating import Ratings
from alignment_core.agreement.tables.columns import FloatArray, IntArray

DRAWS = 20_000  # a share of them is within .007 of what it stands for


@dataclass(frozen=True, eq=False)
class Places:
    """In order of the models: probability of being the best; best and worst place, from 1."""

    probability_best: FloatArray
    best: IntArray
    worst: IntArray


def places_of(ratings: Ratings, *, n_draws: int = DRAWS, seed: int = 0) -> Places | None:
    """Draw strengths by their covariance and Student's t, and count who comes where.

    best, worst: the places between which a model comes at the level of the ratings.
    Returns: None where the ratings have no intervals.
    """
    check_whole("n_draws", n_draws, least=1)
    check_seed(seed)
    if ratings.interval_undefined is not None:
        return None
    rng = np.random.default_rng(seed)
    values, vectors = np.linalg.eigh(ratings.covariance)
    spread = vectors * np.sqrt(np.maximum(values, 0))
    normal = rng.standard_normal((n_draws, len(values))) @ spread.T
    scale = np.sqrt(ratings.n_free / rng.chisquare(ratings.n_free, (n_draws, 1)))
    order = np.argsort(-(ratings.strength + normal * scale), axis=1)
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.arange(1, len(values) + 1)[None, :], axis=1)
    tail = (1 - ratings.level) / 2
    return Places(
        probability_best=(place == 1).mean(axis=0),
        best=np.quantile(place, tail, axis=0, method="inverted_cdf").astype(np.int64),
        worst=np.quantile(place, 1 - tail, axis=0, method="inverted_cdf").astype(np.int64),
    )
