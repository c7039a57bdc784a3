"""How much credit two verdicts get for lying near each other, and how far apart they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from alignment_core.agreement.tables.columns import FloatArray
from alignment_core.agreement.tables.missing import as_numbers

WEIGHTS = ("identity", "linear", "quadratic", "ordinal")
METRICS = ("nominal", "ordinal", "interval", "ratio")


def agreement_weights(
    weights: str | npt.ArrayLike, categories: Sequence[str], values: npt.ArrayLike | None = None
) -> FloatArray:
    """Weights of pairs of categories: 1 for the same, down to 0 for the farthest apart.

    Args:
        weights: one of WEIGHTS, or a symmetric matrix in [0, 1] with ones on its diagonal.
        categories: in their order.
        values: of the categories, for linear and quadratic; default 0, 1, 2, …
    Returns: shape (n_categories, n_categories). With distance x = |v_c - v_k| / range: linear
        1 - x, quadratic 1 - x²; ordinal: 1 - (pairs of ranks from c to k) / (pairs of all ranks).
    Raises: ValueError if a name, a shape or a value is not as stated.
    Source: Cohen 1968, Psychological Bulletin 70; ordinal: Gwet 2014, Handbook of Inter-Rater
        Reliability, 4th ed., chapter 3.
    """
    q = len(categories)
    if not isinstance(weights, str):
        return _own_weights(weights, q)
    if weights not in WEIGHTS:
        raise ValueError(f"weights are {weights!r}, not one of {', '.join(WEIGHTS)}")
    if weights == "identity" or q < 2:
        return np.eye(q)
    if weights == "ordinal":
        steps = np.abs(np.subtract.outer(np.arange(q), np.arange(q)))
        credit: FloatArray = 1 - steps * (steps + 1) / (q * (q - 1))
        return credit
    scores = np.arange(q, dtype=np.float64) if values is None else _values(values, q)
    spread = float(np.ptp(scores))
    if spread == 0:
        raise ValueError("the values of the categories are all the same")
    distance = np.abs(np.subtract.outer(scores, scores)) / spread
    found: FloatArray = 1 - (distance if weights == "linear" else distance**2)
    return found


def category_values(
    metric: str, categories: Sequence[str], values: npt.ArrayLike | None = None
) -> FloatArray:
    """Numbers behind the categories, for a metric of Krippendorff's alpha.

    Default: the categories' names where all are numbers; else 0, 1, 2, …, which is refused for
    ratio, as it needs a real zero.
    Raises: ValueError for an unknown metric, or values that it cannot use.
    """
    if metric not in METRICS:
        raise ValueError(f"metric is {metric!r}, not one of {', '.join(METRICS)}")
    if values is None:
        try:
            values = [float(name) for name in categories]
        except ValueError:
            if metric == "ratio":
                raise ValueError("ratio needs the values of the categories") from None
            values = np.arange(len(categories))
    found = _values(values, len(categories))
    if metric == "ratio" and (found < 0).any():
        raise ValueError(f"ratio needs values from 0, not {found.min()}")
    return found


def squared_distances(metric: str, values: FloatArray, counts: FloatArray) -> FloatArray:
    """Krippendorff's δ² between categories, shape (..., n_categories, n_categories).

    Args: values from `category_values`; counts of the categories, (..., n_categories), which the
        ordinal metric is made of.
    Source: Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, section D.
    """
    if metric == "nominal":
        return 1 - np.eye(len(values))
    if metric == "ordinal":
        middle = np.cumsum(counts, axis=-1) - counts / 2
        ranks: FloatArray = (middle[..., :, None] - middle[..., None, :]) ** 2
        return ranks
    difference = np.subtract.outer(values, values)
    if metric == "interval":
        return difference**2
    total = np.add.outer(values, values)
    ratios: FloatArray = np.divide(
        difference, total, out=np.zeros_like(difference), where=total > 0
    )
    return ratios**2


def _values(values: npt.ArrayLike, n_categories: int) -> FloatArray:
    found = as_numbers(values, "values")
    if found.shape != (n_categories,) or not np.isfinite(found).all():
        raise ValueError(f"{n_categories} categories need as many finite values, not {found}")
    return found


def _own_weights(weights: npt.ArrayLike, n_categories: int) -> FloatArray:
    matrix = as_numbers(weights, "weights")
    if matrix.shape != (n_categories, n_categories):
        raise ValueError(f"weights of shape {matrix.shape} for {n_categories} categories")
    good = (matrix == matrix.T).all() and (np.diag(matrix) == 1).all()
    if not good or matrix.min() < 0 or matrix.max() > 1:
        raise ValueError("weights must be symmetric, in [0, 1], and 1 on the diagonal")
    return matrix
