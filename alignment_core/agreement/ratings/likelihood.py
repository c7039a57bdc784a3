"""The likelihood of matches by strengths, covariates and the width of a tie, and its maximum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from alignment_core.agreement.ratings.matches import Matches
from alignment_core.agreement.ratings.tie_models import TieModel
from alignment_core.agreement.tables.columns import FloatArray, IntArray

_STILL_FAR = 0.1  # of a step on the log scale: near a maximum steps shrink, on a slope to 1 never


@dataclass(frozen=True, eq=False)
class Likelihood:
    """Of matches, each counting as often as its weight says.

    design: slopes of x by the values, (n, n_values). The last value is ν where ties have a model.
    """

    design: csr_array
    outcome: IntArray
    weights: FloatArray
    model: TieModel

    def at(self, values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Log-probability, slopes and curvature of each match, as of `TieModel`, weighted."""
        found = self.model(self.design @ values, float(values[-1]), self.outcome)
        logs, slopes, curvature = found
        w = self.weights
        return logs * w, slopes * w[:, None], curvature * w[:, None, None]


def design_of(matches: Matches, has_tie: bool) -> csr_array:
    """Slopes of x by (strengths, covariates, ν) for each match; that of ν is 0 here."""
    n_rows, n, k = len(matches.first), len(matches.models), matches.covariates.shape[1]
    rows = np.arange(n_rows)
    entries = [np.ones(n_rows), -np.ones(n_rows), *matches.covariates.T]
    places = [matches.first, matches.second, *(np.full(n_rows, n + i) for i in range(k))]
    index = np.tile(rows, len(places)), np.concatenate(places)
    return csr_array((np.concatenate(entries), index), shape=(n_rows, n + k + has_tie))


def identified(n_values: int, n_models: int) -> FloatArray:
    """A basis (n_values, n_free) of the values with strengths of mean 0."""
    strengths = np.eye(n_models)[:, 1:] - 1 / n_models
    strengths[0] = -1 / n_models
    basis = np.zeros((n_values, n_values - 1))
    basis[:n_models, : n_models - 1] = strengths
    basis[n_models:, n_models - 1 :] = np.eye(n_values - n_models)
    return basis


def distinct(matches: Matches) -> tuple[Matches, FloatArray]:
    """Matches that differ in models or outcome, and how often each came: far fewer, as a rule."""
    if matches.covariates.shape[1]:
        return matches, np.ones(1)
    n = len(matches.models)
    code = (matches.first * n + matches.second) * 3 + matches.outcome
    codes, counts = np.unique(code, return_counts=True)
    pair, outcome = np.divmod(codes, 3)
    first, second = np.divmod(pair, n)
    cells = Matches(
        matches.models, first, second, outcome, np.zeros((len(codes), 0)), np.arange(len(codes))
    )
    return cells, counts.astype(np.float64)


def information_of(design: csr_array, curvature: FloatArray) -> FloatArray:
    """Minus the second derivatives of the whole, (n_values, n_values)."""

    def weighted(weights: FloatArray) -> csr_array:
        return csr_array(design * weights[:, None])

    information: FloatArray = (design.T @ weighted(curvature[:, 0, 0])).toarray()
    cross = design.T @ curvature[:, 0, 1]
    information[:, -1] += cross
    information[-1, :] += cross
    information[-1, -1] += curvature[:, 1, 1].sum()
    return information


def maximise(
    likelihood: Likelihood,
    values: FloatArray,
    free: FloatArray,
    steepest: float,
    max_iterations: int,
) -> FloatArray:
    """Newton's steps, halved until they do not lower the likelihood, which is concave.

    Ends where no slope is above `steepest`, in nats. Raises: ArithmeticError where it has no
    maximum, or none is found.
    """
    design = likelihood.design
    logs, slopes, curvature = likelihood.at(values)
    for _ in range(max_iterations):
        gradient = design.T @ slopes[:, 0]
        gradient[-1] += slopes[:, 1].sum()
        gradient = free.T @ gradient
        information = free.T @ information_of(design, curvature) @ free
        try:
            step = free @ np.linalg.solve(information, gradient)
        except np.linalg.LinAlgError:  # wins are separated: the curvature has run out
            step = free @ np.linalg.lstsq(information, gradient, rcond=None)[0]
        if np.abs(gradient).max() <= steepest:
            if np.abs(design @ step).max() > _STILL_FAR:
                raise ArithmeticError(
                    "a covariate separates wins from losses: no value is likeliest"
                )
            return values
        lowest = logs.sum() * (1 + 1e-12)  # below that it is no rounding
        for _halving in range(60):
            proposed = values + step
            after = likelihood.at(proposed)
            if after[0].sum() >= lowest:  # NaN, where ν leaves its range, is not
                break
            step = step / 2
        else:
            return values
        values, (logs, slopes, curvature) = proposed, after
    raise ArithmeticError(f"no maximum of the likelihood within {max_iterations} steps")
