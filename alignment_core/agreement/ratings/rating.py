"""Ratings of models from matches: Bradley and Terry's model, with ties and a covariate.

With strengths β on the log scale and x = β_first - β_second + γ · covariate:
    bradley_terry  P(first wins) = σ(x); a tie counts as half a win and half a loss;
    rao_kupper     P(first wins) = σ(x - ν), P(second wins) = σ(-x - ν), a tie the rest, ν > 0;
    davidson       wins and ties are as exp(x / 2) : exp(-x / 2) : exp(ν), any ν.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.special import expit, log_expit, ndtri

from alignment_core.agreement.ratings.matches import LOST, TIED, WON, Matches, require_connected
from alignment_core.agreement.tables.columns import FloatArray, IntArray, Keys

# x (n,), ν and outcome (n,) to log-probability (n,), its slopes by (x, ν) (n, 2), and minus its
# second derivatives (n, 2, 2).
TieModel = Callable[[FloatArray, float, IntArray], tuple[FloatArray, FloatArray, FloatArray]]


@dataclass(frozen=True, eq=False)
class Ratings:
    """Fitted strengths, in order of `models`; their mean is 0.

    strength, error: log scale (a difference of 1 is odds of e), and standard error, (n_models,).
    covariance: of the strengths, (n_models, n_models), robust to judgements of one prompt being
        alike. low, high: interval at `level`.
    tie: ν, and its error; None without a model of ties. covariate: γ and its error, or None.
    log_likelihood: in nats.
    """

    models: Keys
    strength: FloatArray
    error: FloatArray
    low: FloatArray
    high: FloatArray
    covariance: FloatArray
    level: float
    tie: tuple[float, float] | None
    covariate: tuple[float, float] | None
    log_likelihood: float

    def difference(self, first: int, second: int) -> tuple[float, float, float]:
        """Strength of one model less another's, by position, and its interval."""
        value = float(self.strength[first] - self.strength[second])
        variance = (
            self.covariance[first, first]
            + self.covariance[second, second]
            - 2 * self.covariance[first, second]
        )
        half = float(ndtri((1 + self.level) / 2)) * float(np.sqrt(max(variance, 0.0)))
        return value, value - half, value + half


def rate_models(
    matches: Matches,
    *,
    ties: str = "rao_kupper",
    level: float = 0.95,
    tolerance: float = 1e-9,
    max_iterations: int = 200,
) -> Ratings:
    """Most likely ratings, with intervals from the cluster-robust sandwich over prompts.

    Args:
        ties: one of TIE_MODELS; a model of ties needs ties in the matches, else the plain model
            is what it becomes and is used.
        level: in (0, 1). tolerance: of the largest slope, in nats a match, at the end.
        max_iterations: steps before the maximum counts as not found.
    Raises: NotConnectedError if the matches do not settle the ratings; ValueError if a setting is
        out of range; ArithmeticError if the maximum is not found (a covariate that separates wins
        from losses has none).
    Source: Bradley & Terry 1952, Biometrika 39; Rao & Kupper 1967, JASA 62; Davidson 1970, JASA
        65; the sandwich: Liang & Zeger 1986, Biometrika 73.
    """
    if ties not in TIE_MODELS:
        raise ValueError(f"ties are {ties!r}, not one of {', '.join(TIE_MODELS)}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    if not (tolerance > 0 and max_iterations >= 1):
        raise ValueError(f"{tolerance=} and {max_iterations=} must be above 0")
    require_connected(matches)
    model = TIE_MODELS[ties] if matches.has_ties else _plain
    has_tie = model is not _plain
    every = _Likelihood(_design(matches, has_tie), matches.outcome, np.ones(1), model)
    free = _identified(every.design.shape[1], len(matches.models), has_tie)
    start = np.zeros(every.design.shape[1])
    if has_tie:
        start[-1] = 0.3
    distinct, counts = _distinct(matches)
    few = _Likelihood(_design(distinct, has_tie), distinct.outcome, counts, model)
    values = _maximise(few, start, free, tolerance * len(matches.first), max_iterations)
    log_probability, slopes, curvature = every.at(values)
    covariance = _sandwich(matches, every.design, slopes, curvature, free)
    n = len(matches.models)
    error = np.sqrt(np.maximum(np.diagonal(covariance), 0))
    half = float(ndtri((1 + level) / 2)) * error[:n]
    return Ratings(
        models=matches.models,
        strength=values[:n],
        error=error[:n],
        low=values[:n] - half,
        high=values[:n] + half,
        covariance=covariance[:n, :n],
        level=level,
        tie=(float(values[-1]), float(error[-1])) if has_tie else None,
        covariate=None if matches.covariate is None else (float(values[n]), float(error[n])),
        log_likelihood=float(log_probability.sum()),
    )


def _plain(
    x: FloatArray, nu: float, outcome: IntArray
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
    "bradley_terry": _plain,
    "rao_kupper": _rao_kupper,
    "davidson": _davidson,
}


def _design(matches: Matches, has_tie: bool) -> csr_array:
    """Slopes of x by (strengths, covariate, ν) for each match; that of ν is 0 here."""
    n_rows, n = len(matches.first), len(matches.models)
    rows = np.arange(n_rows)
    entries = [np.ones(n_rows), -np.ones(n_rows)]
    places = [matches.first, matches.second]
    width = n
    if matches.covariate is not None:
        entries.append(matches.covariate)
        places.append(np.full(n_rows, n))
        width += 1
    index = np.tile(rows, len(places)), np.concatenate(places)
    shape = n_rows, width + has_tie
    return csr_array((np.concatenate(entries), index), shape=shape)


def _identified(n_values: int, n_models: int, has_tie: bool) -> FloatArray:
    """A basis (n_values, n_free) of the values with strengths of mean 0."""
    strengths = np.eye(n_models)[:, 1:] - 1 / n_models
    strengths[0] = -1 / n_models
    basis = np.zeros((n_values, n_values - 1))
    basis[:n_models, : n_models - 1] = strengths
    basis[n_models:, n_models - 1 :] = np.eye(n_values - n_models)
    return basis


@dataclass(frozen=True, eq=False)
class _Likelihood:
    """Of matches, each counting as often as its weight says."""

    design: csr_array
    outcome: IntArray
    weights: FloatArray
    model: TieModel

    def at(self, values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        found = self.model(self.design @ values, float(values[-1]), self.outcome)
        logs, slopes, curvature = found
        w = self.weights
        return logs * w, slopes * w[:, None], curvature * w[:, None, None]


def _distinct(matches: Matches) -> tuple[Matches, FloatArray]:
    """Matches that differ in models or outcome, and how often each came: far fewer, as a rule."""
    if matches.covariate is not None:
        return matches, np.ones(1)
    n = len(matches.models)
    code = (matches.first * n + matches.second) * 3 + matches.outcome
    codes, counts = np.unique(code, return_counts=True)
    pair, outcome = np.divmod(codes, 3)
    first, second = np.divmod(pair, n)
    alone = np.arange(len(codes))
    return Matches(matches.models, first, second, outcome, None, alone), counts.astype(np.float64)


def _information(design: csr_array, curvature: FloatArray) -> FloatArray:
    def weighted(weights: FloatArray) -> csr_array:
        return csr_array(design * weights[:, None])

    information: FloatArray = (design.T @ weighted(curvature[:, 0, 0])).toarray()
    cross = design.T @ curvature[:, 0, 1]
    information[:, -1] += cross
    information[-1, :] += cross
    information[-1, -1] += curvature[:, 1, 1].sum()
    return information


def _maximise(
    likelihood: _Likelihood,
    values: FloatArray,
    free: FloatArray,
    steepest: float,
    max_iterations: int,
) -> FloatArray:
    """Newton's steps, halved until they do not lower the likelihood, which is concave.

    Ends where no slope is above `steepest`, in nats.
    """
    design = likelihood.design
    logs, slopes, curvature = likelihood.at(values)
    for _ in range(max_iterations):
        gradient = design.T @ slopes[:, 0]
        gradient[-1] += slopes[:, 1].sum()
        gradient = free.T @ gradient
        if np.abs(gradient).max() <= steepest:
            return values
        information = free.T @ _information(design, curvature) @ free
        try:
            step = free @ np.linalg.solve(information, gradient)
        except np.linalg.LinAlgError:  # a covariate that never changes: any value of it does
            step = free @ np.linalg.lstsq(information, gradient, rcond=None)[0]
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


def _sandwich(
    matches: Matches,
    design: csr_array,
    slopes: FloatArray,
    curvature: FloatArray,
    free: FloatArray,
) -> FloatArray:
    n_rows, n_prompts = len(matches.first), int(matches.prompt.max()) + 1
    owner = csr_array(
        (np.ones(n_rows), (matches.prompt, np.arange(n_rows))), shape=(n_prompts, n_rows)
    )
    scores = owner @ csr_array(design * slopes[:, :1])  # sparse: a prompt has few models
    tie_scores = owner @ slopes[:, 1]
    last = np.full(n_prompts, scores.shape[1] - 1)
    scores = scores + csr_array((tie_scores, (np.arange(n_prompts), last)), shape=scores.shape)
    meat = free.T @ (scores.T @ scores).toarray() @ free
    meat *= n_prompts / max(n_prompts - 1, 1)
    bread = np.linalg.pinv(free.T @ _information(design, curvature) @ free)
    covariance: FloatArray = free @ bread @ meat @ bread @ free.T
    return covariance
