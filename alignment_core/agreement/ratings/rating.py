"""Ratings of models from matches: Bradley and Terry's model, with ties and a covariate.

Strengths β are on the log scale; `tie_models.py` has the probabilities of what is seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.special import stdtrit

from alignment_core.agreement.figures.figure import FEW_CLUSTERS, ONE_CLUSTER, UNSTABLE
from alignment_core.agreement.figures.setting_checks import check_level, check_positive, check_whole
from alignment_core.agreement.ratings.matches import (
    Matches,
    require_bounded_ties,
    require_connected,
)
from alignment_core.agreement.ratings.tie_models import TIE_MODELS, TieModel, plain
from alignment_core.agreement.tables.columns import FloatArray, IntArray, Keys

_STILL_FAR = 0.1  # of a step on the log scale: near a maximum steps shrink, on a slope to 1 never


@dataclass(frozen=True, eq=False)
class Ratings:
    """Fitted strengths, in order of `models`; their mean is 0.

    strength, error: log scale (a difference of 1 is odds of e), and standard error, (n_models,).
    covariance: of the strengths, (n_models, n_models), robust to judgements of one prompt being
        alike. low, high: interval at `level`.
    tie: ν, and its error; None without a model of ties. covariate: γ and its error, or None.
    log_likelihood: in nats. interval_undefined: why there are no errors and intervals, all NaN
    then: ONE_CLUSTER, FEW_CLUSTERS of two, or UNSTABLE where there are no more prompts than values
    to be found. n_free: by how many prompts there are more, the degrees of Student's t.
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
    interval_undefined: str | None = None
    n_free: int = 0

    def difference(self, first: int, second: int) -> tuple[float, float, float]:
        """Strength of one model less another's, by position, and its interval."""
        value = float(self.strength[first] - self.strength[second])
        variance = (
            self.covariance[first, first]
            + self.covariance[second, second]
            - 2 * self.covariance[first, second]
        )
        half = self.quantile * float(np.sqrt(max(variance, 0.0)))
        return value, value - half, value + half

    @property
    def quantile(self) -> float:
        """How many errors reach from a value to the end of its interval."""
        return _quantile(self.level, self.n_free)


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
        out of range; ArithmeticError if there is no single maximum, or it is not found: every
        match a tie under a model of ties, a covariate that separates wins from losses, or one
        that follows from who met whom.
    Source: Bradley & Terry 1952, Biometrika 39; Rao & Kupper 1967, JASA 62; Davidson 1970, JASA
        65; the sandwich: Liang & Zeger 1986, Biometrika 73.
    """
    check_ties(ties)
    check_level(level)
    check_positive("tolerance", tolerance)
    check_whole("max_iterations", max_iterations, least=1)
    require_connected(matches)
    model = TIE_MODELS[ties] if matches.has_ties else plain
    has_tie = model is not plain
    if has_tie and not matches.has_decided:
        raise ArithmeticError("every match is a tie, so nothing bounds how wide a tie is")
    if has_tie:
        require_bounded_ties(matches)
    _require_told_apart(matches)
    every = _Likelihood(_design(matches, has_tie), matches.outcome, np.ones(1), model)
    free = _identified(every.design.shape[1], len(matches.models), has_tie)
    start = np.zeros(every.design.shape[1])
    if has_tie:
        start[-1] = 0.3
    distinct, counts = _distinct(matches)
    few = _Likelihood(_design(distinct, has_tie), distinct.outcome, counts, model)
    values = _maximise(few, start, free, tolerance * len(matches.first), max_iterations)
    log_probability, slopes, curvature = every.at(values)
    interval_undefined = _why_no_interval(matches, free.shape[1])
    covariance = np.full((len(free), len(free)), np.nan)
    if interval_undefined is None:
        covariance = _sandwich(matches, every.design, slopes, curvature, free)
    n = len(matches.models)
    error = np.sqrt(np.maximum(np.diagonal(covariance), 0))
    n_free = matches.n_prompts - free.shape[1]
    half = _quantile(level, n_free) * error[:n]
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
        interval_undefined=interval_undefined,
        n_free=n_free,
    )


def check_ties(ties: str) -> None:
    """Raise ValueError unless that is a model of ties."""
    if ties not in TIE_MODELS:
        raise ValueError(f"ties are {ties!r}, not one of {', '.join(TIE_MODELS)}")


def _quantile(level: float, n_free: int) -> float:
    return float(stdtrit(n_free, (1 + level) / 2)) if n_free > 0 else float("nan")


def _require_told_apart(matches: Matches) -> None:
    """Refuse a covariate that is a difference of some strengths: any value of it would do."""
    if matches.covariate is None:
        return
    met = _design(matches, has_tie=False)[:, : len(matches.models)]
    explained = np.linalg.pinv((met.T @ met).toarray()) @ (met.T @ matches.covariate)
    rest = matches.covariate - met @ explained
    if float(rest @ rest) <= 1e-16 * float(matches.covariate @ matches.covariate):
        raise ArithmeticError("the covariate follows from who met whom, so it cannot be told apart")


def _why_no_interval(matches: Matches, n_values: int) -> str | None:
    """The scores of all prompts add up to 0, so that of n prompts n - 1 are evidence."""
    if matches.n_prompts == 1:
        return ONE_CLUSTER
    if matches.n_prompts <= n_values:
        return UNSTABLE
    return FEW_CLUSTERS if matches.n_prompts < 3 else None


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
        information = free.T @ _information(design, curvature) @ free
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
    meat *= n_prompts / (n_prompts - free.shape[1])
    bread = np.linalg.pinv(free.T @ _information(design, curvature) @ free)
    covariance: FloatArray = free @ bread @ meat @ bread @ free.T
    return covariance
