"""Probabilities of a win, a loss and a tie, from the difference of two strengths.

With strengths β on the log scale and x = β_first - β_second + γ · covariate:
    bradley_terry  P(first wins) = σ(x); a tie counts as half a win and half a loss;
    rao_kupper     P(first wins) = σ(x - ν), P(second wins) = σ(-x - ν), a tie the rest, ν > 0;
    davidson       wins and ties are as exp(x / 2) : exp(-x / 2) : exp(ν), any ν.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import expit, log_expit

from alignment_core.agreement.ratings.matches import LOST, TIED, WON
from alignment_core.agreement.tables.columns import FloatArray, IntArray

# x (n,), ν and outcome (n,) to log-probability (n,), its slopes by (x, ν) (n, 2), and minus its
# second derivatives (n, 2, 2).
TieModel = Callable[[FloatArray, float, IntArray], tuple[FloatArray, FloatArray, FloatArray]]


def plain(
    x: FloatArray, _nu: float, outcome: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    score, p = outcome / 2, expit(x)
    logs = score * log_expit(x) + (1 - score) * log_expit(-x)
    curvature = np.zeros((len(x), 2, 2))
    curvature[:, 0, 0] = p * (1 - p)
    return logs, np.stack([score - p, np.zeros_like(x)], axis=1), curvature


def _rao_kupper(
    x: FloatArray, nu: float, outcome: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    if nu <= 0:
        nan = np.full(len(x), np.nan)
        return nan, np.zeros((len(x), 2)), np.zeros((len(x), 2, 2))
    # a tie has (exp(2ν) - 1) F₁ F₂, so each outcome is a sum of log F₁, log F₂ and a constant
    first, second = (outcome != LOST).astype(float), (outcome != WON).astype(float)
    tied = (outcome == TIED).astype(float)
    up, down = x - nu, -x - nu
    p_up, p_down = expit(up), expit(down)
    logs = first * log_expit(up) + second * log_expit(down) + tied * np.log(np.expm1(2 * nu))
    to_up, to_down = first * (1 - p_up), second * (1 - p_down)
    slope_tie = 2 / -np.expm1(-2 * nu)
    slopes = np.stack([to_up - to_down, -to_up - to_down + tied * slope_tie], axis=1)
    bend_up, bend_down = first * p_up * (1 - p_up), second * p_down * (1 - p_down)
    curvature = np.empty((len(x), 2, 2))
    curvature[:, 0, 0] = bend_up + bend_down
    curvature[:, 0, 1] = curvature[:, 1, 0] = bend_down - bend_up
    curvature[:, 1, 1] = bend_up + bend_down + tied / np.sinh(nu) ** 2
    return logs, slopes, curvature


def _davidson(
    x: FloatArray, nu: float, outcome: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    scores = np.stack([-x / 2, np.full_like(x, nu), x / 2], axis=1)  # LOST, TIED, WON
    highest = scores.max(axis=1, keepdims=True)
    odds = np.exp(scores - highest)
    p = odds / odds.sum(axis=1, keepdims=True)
    normal = np.log(odds.sum(axis=1)) + highest[:, 0]
    logs = np.take_along_axis(scores, outcome[:, None], axis=1)[:, 0] - normal
    features = np.array([[-0.5, 0.0], [0.0, 1.0], [0.5, 0.0]])  # of (x, ν) by outcome
    mean = p @ features
    slopes = features[outcome] - mean
    second = np.einsum("no,ov,ow->nvw", p, features, features)
    return logs, slopes, second - mean[:, :, None] * mean[:, None, :]


TIE_MODELS: dict[str, TieModel] = {
    "bradley_terry": plain,
    "rao_kupper": _rao_kupper,
    "davidson": _davidson,
}
