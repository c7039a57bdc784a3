"""Logistic regressions of two or three terms, fitted to many resamples at once."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from alignment_core.evaluation.figures import FloatArray

PRIOR_SD = 10.0  # of each coefficient: keeps it finite where outcomes are separated
LONGEST_STEP = 1.0  # a full Newton step from a flat region can overshoot and never come back
N_ITERATIONS = 60
SMALL_STEP = 1e-9


def fit_logistic(features: FloatArray, targets: FloatArray, weights: FloatArray) -> FloatArray:
    """Coefficients that maximise Σ w (y log p + (1 - y) log(1 - p)) - ½ Σ b² / 10².

    There is no intercept: give a column of ones. The penalty is 1 / 10² in all, not for each unit,
    so it matters only where the outcomes alone would send a coefficient to infinity.

    Args:
        features: shape (units, terms). targets: in [0, 1], shape (units,).
        weights: at least 0, shape (resamples, units).
    Returns: shape (resamples, terms).
    """
    n_terms = features.shape[1]
    coefficients = np.zeros((len(weights), n_terms))
    products = features[:, :, None] * features[:, None, :]
    penalty = np.eye(n_terms) / PRIOR_SD**2
    for _ in range(N_ITERATIONS):
        p = expit(coefficients @ features.T)
        slope = (weights * (targets - p)) @ features - coefficients / PRIOR_SD**2
        curvature = np.einsum("ru,ukl->rkl", weights * p * (1 - p), products) + penalty
        step = np.linalg.solve(curvature, slope[:, :, None])[:, :, 0]
        longest = np.abs(step).max(axis=1, keepdims=True)
        coefficients += step * np.minimum(1.0, LONGEST_STEP / np.maximum(longest, 1e-300))
        if longest.max() < SMALL_STEP:
            break
    return coefficients
