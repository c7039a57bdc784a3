"""Which two models should meet next: where one more vote narrows the intervals most.

Each vote of models i and j adds p (1 - p) to what is known of their difference, p being how likely
i is to win. So what a vote would do is known before it is given, whichever way it goes.
"""

from __future__ import annotations

from numbers import Real

import numpy as np
import numpy.typing as npt

from alignment_core.agreement.tables.columns import FloatArray
from alignment_core.agreement.tables.missing import as_numbers, number_column

FLOOR = 0.2  # of all meetings, shared out evenly whatever is known
PRIOR_ERROR = 2.0  # of a strength before anybody has voted, on the log scale


def expected_narrowing(strength: npt.ArrayLike, n_votes: npt.ArrayLike) -> FloatArray:
    """By how much one more vote of each pair narrows the intervals of all differences, added up.

    Args: strength, log scale, (n_models,); n_votes of each pair so far, (n_models, n_models).
    Returns: standard errors, (n_models, n_models), symmetric; 0 on the diagonal.
    Raises: ValueError if the shapes do not match, a strength is not finite, or a number of votes is
        below 0.
    """
    values, counts = number_column(strength, "strength"), as_numbers(n_votes, "n_votes")
    if not np.isfinite(values).all():
        raise ValueError(f"strength must be finite, not {values}")
    n = len(values)
    if counts.shape != (n, n):
        raise ValueError(f"n_votes is of shape {counts.shape}, not {(n, n)}")
    if not (np.isfinite(counts) & (counts >= 0)).all():
        raise ValueError("n_votes must be counts from 0")
    won = 1 / (1 + np.exp(values[None, :] - values[:, None]))
    of_one = won * (1 - won)
    known = of_one * (counts + counts.T) / 2
    np.fill_diagonal(known, 0)
    information = np.diag(known.sum(axis=1) + PRIOR_ERROR**-2) - known
    covariance: FloatArray = np.linalg.inv(information).astype(np.float64)
    errors = _errors(covariance)
    found = np.zeros((n, n))
    for i in range(n):
        for j in range(i):
            towards = covariance[:, i] - covariance[:, j]
            weight = of_one[i, j] / (1 + of_one[i, j] * (towards[i] - towards[j]))
            after = _errors(covariance - weight * np.outer(towards, towards))
            found[i, j] = found[j, i] = (errors - after).sum() / 2
    return found


def meeting_shares(
    strength: npt.ArrayLike, n_votes: npt.ArrayLike, *, floor: float = FLOOR
) -> FloatArray:
    """How often each pair should meet: in proportion to what a vote narrows, above a floor.

    A share of `floor` is spread evenly over the pairs, so that every model meets others at least
    that often of what an even draw would give it, and the probability of no pair is 0.

    Args: strength and n_votes as `expected_narrowing`; floor, in [0, 1].
    Returns: (n_models, n_models), symmetric; the pairs above the diagonal add up to 1.
    Raises: ValueError as `expected_narrowing`, if there are fewer than two models, or floor is not
        in [0, 1].
    """
    if isinstance(floor, bool) or not isinstance(floor, Real) or not 0 <= floor <= 1:
        raise ValueError(f"floor must lie from 0 to 1, not {floor}")
    narrowing = expected_narrowing(strength, n_votes)
    n = len(narrowing)
    if n < 2:
        raise ValueError(f"two models or more meet, not {n}")
    even = (1 - np.eye(n)) / (n * (n - 1) / 2)
    shares: FloatArray = floor * even + (1 - floor) * narrowing / (narrowing.sum() / 2)
    return shares


def _errors(covariance: FloatArray) -> FloatArray:
    """Standard errors of all differences, (n, n)."""
    own = np.diagonal(covariance)
    found: FloatArray = np.sqrt(np.maximum(own[:, None] + own[None, :] - 2 * covariance, 0))
    return found
