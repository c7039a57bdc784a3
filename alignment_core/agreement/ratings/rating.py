"""Ratings of models from matches: Bradley and Terry's model, with ties and covariates.

Strengths β are on the log scale; `tie_models.py` has the probabilities of what is seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from alignment_core.agreement.figures.figure import FEW_CLUSTERS, ONE_CLUSTER, UNSTABLE
from alignment_core.agreement.figures.setting_checks import check_level, check_positive, check_whole
from alignment_core.agreement.ratings.likelihood import (
    Likelihood,
    design_of,
    distinct,
    identified,
    maximise,
)
from alignment_core.agreement.ratings.matches import (
    Matches,
    require_bounded_ties,
    require_connected,
)
from alignment_core.agreement.ratings.sandwich import clusters_by_annotator, sandwich
from alignment_core.agreement.ratings.tie_models import TIE_MODELS, plain
from alignment_core.agreement.tables.columns import FloatArray, Keys


@dataclass(frozen=True, eq=False)
class Ratings:
    """Fitted strengths, in order of `models`; their mean is 0.

    strength, error: log scale (a difference of 1 is odds of e), and standard error, (n_models,).
    covariance: of the strengths, (n_models, n_models), robust to judgements of one prompt being
        alike, and to those of one annotator where `by_annotator`. low, high: interval at `level`.
    tie: ν, and its error; None without a model of ties. covariates: γ of each, and its error.
    log_likelihood: in nats. interval_undefined: why there are no errors and intervals, all NaN
    then: ONE_CLUSTER, FEW_CLUSTERS of two, or UNSTABLE where there are no more prompts than values
    to be found. n_free: by how many prompts there are more, or annotators than one where those
    are fewer: the degrees of Student's t.
    """

    models: Keys
    strength: FloatArray
    error: FloatArray
    low: FloatArray
    high: FloatArray
    covariance: FloatArray
    level: float
    tie: tuple[float, float] | None
    covariates: tuple[tuple[float, float], ...]
    log_likelihood: float
    interval_undefined: str | None = None
    n_free: int = 0
    by_annotator: bool = False

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
    """Most likely ratings, with intervals from the cluster-robust sandwich.

    It is clustered by prompt, and by annotator too where the matches know six or more.

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
    every = Likelihood(design_of(matches, has_tie), matches.outcome, np.ones(1), model)
    free = identified(every.design.shape[1], len(matches.models))
    start = np.zeros(every.design.shape[1])
    if has_tie:
        start[-1] = 0.3
    cells, counts = distinct(matches)
    few = Likelihood(design_of(cells, has_tie), cells.outcome, counts, model)
    values = maximise(few, start, free, tolerance * len(matches.first), max_iterations)
    return _with_errors(matches, every, values, free, has_tie=has_tie, level=level)


def check_ties(ties: str) -> None:
    """Raise ValueError unless that is a model of ties."""
    if ties not in TIE_MODELS:
        raise ValueError(f"ties are {ties!r}, not one of {', '.join(TIE_MODELS)}")


def _with_errors(
    matches: Matches,
    likelihood: Likelihood,
    values: FloatArray,
    free: FloatArray,
    *,
    has_tie: bool,
    level: float,
) -> Ratings:
    log_probability, slopes, curvature = likelihood.at(values)
    interval_undefined = _why_no_interval(matches, free.shape[1])
    covariance = np.full((len(free), len(free)), np.nan)
    if interval_undefined is None:
        covariance = sandwich(matches, likelihood.design, slopes, curvature, free)
    n, k = len(matches.models), matches.covariates.shape[1]
    error = np.sqrt(np.maximum(np.diagonal(covariance), 0))
    by_annotator = clusters_by_annotator(matches)
    n_free = matches.n_prompts - free.shape[1]
    if by_annotator:
        n_free = min(n_free, matches.n_annotators - 1)
    half = _quantile(level, n_free) * error[:n]
    fitted = list(zip(values.tolist(), error.tolist(), strict=True))
    return Ratings(
        models=matches.models,
        strength=values[:n],
        error=error[:n],
        low=values[:n] - half,
        high=values[:n] + half,
        covariance=covariance[:n, :n],
        level=level,
        tie=fitted[-1] if has_tie else None,
        covariates=tuple(fitted[n : n + k]),
        log_likelihood=float(log_probability.sum()),
        interval_undefined=interval_undefined,
        n_free=n_free,
        by_annotator=by_annotator,
    )


def _quantile(level: float, n_free: int) -> float:
    return float(stdtrit(n_free, (1 + level) / 2)) if n_free > 0 else float("nan")


def _require_told_apart(matches: Matches) -> None:
    """Refuse a covariate that follows from who met whom and the others: any value would do."""
    if not matches.covariates.shape[1]:
        return
    size = np.linalg.norm(matches.covariates, axis=0)
    columns = matches.covariates / np.where(size > 0, size, 1)
    met = design_of(matches, has_tie=False)[:, : len(matches.models)]
    explained = np.linalg.pinv((met.T @ met).toarray()) @ (met.T @ columns)
    rest = columns - met @ explained
    if float(np.linalg.eigvalsh(rest.T @ rest)[0]) <= 1e-16:
        raise ArithmeticError("the covariate follows from who met whom, so it cannot be told apart")


def _why_no_interval(matches: Matches, n_values: int) -> str | None:
    """The scores of all prompts add up to 0, so that of n prompts n - 1 are evidence."""
    if matches.n_prompts == 1:
        return ONE_CLUSTER
    if matches.n_prompts <= n_values:
        return UNSTABLE
    return FEW_CLUSTERS if matches.n_prompts < 3 else None
