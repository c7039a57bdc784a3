"""The values of annotators in the pairwise model, and the step that improves them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_expit

from alignment_core.agreement.tables.columns import FloatArray

# Kinds of vote: side * 3 + verdict, with these sides and verdicts.
FIRST, SECOND, TIE = range(3)
SIDES = np.array([0.0, 1.0, -1.0])  # unknown; first stood left; first stood right
N_KINDS = 9
NODES = np.linspace(-4, 4, 17)  # of the margin

_SMALLEST_WIDTH = 1e-4
_HALVINGS = 30


@dataclass(frozen=True)
class PairPrior:
    """Normal priors that keep the values of annotators with few judgements in reason.

    reliability ~ N(reliability, reliability_sd²), pull of the left ~ N(0, left_pull_sd²);
    ties: as many ties imagined of each annotator, beside as many decided judgements.
    """

    reliability: float = 1.5
    reliability_sd: float = 1.0
    left_pull_sd: float = 0.5
    ties: float = 0.5

    def __post_init__(self) -> None:
        spreads = np.array([self.reliability_sd, self.left_pull_sd, self.ties], dtype=np.float64)
        if not (spreads > 0).all() or not np.isfinite([self.reliability, *spreads]).all():
            raise ValueError(f"spreads and imagined ties must be above 0, all finite: {self}")


@dataclass(frozen=True, eq=False)
class Parameters:
    """γ, b and ν of each annotator, as columns: values (n_annotators, 3).

    with_ties: whether ties are offered; else ν is 0 and stays so.
    """

    values: FloatArray
    with_ties: bool

    @classmethod
    def start(cls, n_annotators: int, *, with_ties: bool, prior: PairPrior) -> Parameters:
        width = 0.3 if with_ties else 0.0
        return cls(np.tile([prior.reliability, 0.0, width], (n_annotators, 1)), with_ties)


def log_probability(parameters: Parameters) -> FloatArray:
    """Of each kind of vote by annotator and node, (n_annotators, N_KINDS, n_nodes); at most 0.

    Uses 1 - F₁ - F₂ = (exp(2ν) - 1) F₁ F₂, which holds for the logistic function.
    """
    towards_first, towards_second = (log_expit(u) for u in _predictors(parameters.values))
    logs = np.stack(
        [
            towards_first,
            towards_second,
            towards_first + towards_second + _log_tie_factor(parameters)[:, None, None],
        ],
        axis=2,
    )  # annotator, side, verdict, node
    return logs.reshape(len(logs), N_KINDS, -1)


def improve(parameters: Parameters, counts: FloatArray, prior: PairPrior) -> Parameters:
    """One Newton step for each annotator, halved until it raises the expected log posterior.

    Args: counts, expected votes by annotator, kind and node, (n_annotators, N_KINDS, n_nodes).
    The objective is concave, so this ends at its maximum if repeated.
    """
    gradient, information = _derivatives(parameters, counts, prior)
    step = np.linalg.solve(information, gradient[:, :, None])[:, :, 0]
    before = _expected(parameters, counts, prior)
    values, open_ = parameters.values.copy(), np.ones(len(step), dtype=bool)
    for _ in range(_HALVINGS):
        proposed = values.copy()
        proposed[open_] += step[open_]
        if parameters.with_ties:
            too_narrow = proposed[:, 2] < _SMALLEST_WIDTH
            proposed[too_narrow, 2] = np.maximum(values[too_narrow, 2] / 2, _SMALLEST_WIDTH)
        after = _expected(Parameters(proposed, parameters.with_ties), counts, prior)
        better = open_ & (after >= before)
        values[better] = proposed[better]
        open_ &= ~better
        if not open_.any():
            break
        step /= 2
    return Parameters(values, parameters.with_ties)


def log_prior(parameters: Parameters, prior: PairPrior) -> float:
    return float(_log_priors(parameters, prior).sum())


def gradients(parameters: Parameters) -> FloatArray:
    """Of `log_probability` by annotator, kind, node and value, (n_annotators, 9, n_nodes, 3)."""
    left_out = [1 - np.exp(log_expit(u)) for u in _predictors(parameters.values)]
    first, second = (
        kept[..., None] * direction for kept, direction in zip(left_out, _directions(), strict=True)
    )
    tie = first + second
    tie[..., 2] += _tie_slope(parameters)[:, None, None]
    stacked = np.stack([first, second, tie], axis=2)
    if not parameters.with_ties:
        stacked[..., 2] = 0
    return stacked.reshape(len(stacked), N_KINDS, len(NODES), 3)


def prior_information(parameters: Parameters, prior: PairPrior) -> FloatArray:
    """Minus the second derivatives of the log prior, (n_annotators, 3, 3)."""
    information = np.zeros((len(parameters.values), 3, 3))
    information[:, 0, 0] = prior.reliability_sd**-2
    information[:, 1, 1] = prior.left_pull_sd**-2
    information[:, 2, 2] = prior.ties * _tie_curvature(parameters) if parameters.with_ties else 1.0
    return information


def _directions() -> tuple[FloatArray, FloatArray]:
    """Slopes of the two linear predictors by side, node and value, (3, n_nodes, 3)."""
    side, node = np.meshgrid(SIDES, NODES, indexing="ij")
    one = np.ones_like(node)
    return np.stack([node, side, -one], axis=2), np.stack([-node, -side, -one], axis=2)


def _predictors(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Linear predictors of first and of second by annotator, side and node."""
    first, second = _directions()
    return (
        np.einsum("av,snv->asn", values, first),
        np.einsum("av,snv->asn", values, second),
    )


def _log_tie_factor(parameters: Parameters) -> FloatArray:
    if not parameters.with_ties:
        return np.full(len(parameters.values), -np.inf)
    factor: FloatArray = np.log(np.expm1(2 * parameters.values[:, 2]))
    return factor


def _tie_slope(parameters: Parameters) -> FloatArray:
    if not parameters.with_ties:
        return np.zeros(len(parameters.values))
    slope: FloatArray = 2 / -np.expm1(-2 * parameters.values[:, 2])
    return slope


def _tie_curvature(parameters: Parameters) -> FloatArray:
    """Minus the second derivative of log(exp(2ν) - 1)."""
    curvature: FloatArray = 1 / np.sinh(parameters.values[:, 2]) ** 2
    return curvature


def _by_verdict(counts: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """What multiplies log F₁, log F₂ (annotator, side, node) and the tie factor (annotator)."""
    by_side = counts.reshape(len(counts), len(SIDES), 3, -1)
    first, second, tie = by_side[:, :, FIRST], by_side[:, :, SECOND], by_side[:, :, TIE]
    return first + tie, second + tie, tie.sum(axis=(1, 2))


def _log_priors(parameters: Parameters, prior: PairPrior) -> FloatArray:
    reliability, pull, width = parameters.values.T
    found = -(((reliability - prior.reliability) / prior.reliability_sd) ** 2) / 2
    found = found - (pull / prior.left_pull_sd) ** 2 / 2
    if parameters.with_ties:  # a tie and a decided judgement where the margin is 0
        found = found + prior.ties * (_log_tie_factor(parameters) - 2 * width)
    result: FloatArray = found
    return result


def _expected(parameters: Parameters, counts: FloatArray, prior: PairPrior) -> FloatArray:
    """Expected log-likelihood plus log prior of each annotator, (n_annotators,)."""
    first, second, n_ties = _by_verdict(counts)
    towards_first, towards_second = (log_expit(u) for u in _predictors(parameters.values))
    total = (first * towards_first + second * towards_second).sum(axis=(1, 2))
    if parameters.with_ties:
        total = total + n_ties * _log_tie_factor(parameters)
    result: FloatArray = total + _log_priors(parameters, prior)
    return result


def _derivatives(
    parameters: Parameters, counts: FloatArray, prior: PairPrior
) -> tuple[FloatArray, FloatArray]:
    """Gradient (n_annotators, 3) and minus the second derivatives of `_expected`."""
    first, second, n_ties = _by_verdict(counts)
    reliability, pull, _width = parameters.values.T
    gradient = np.zeros_like(parameters.values)
    information = prior_information(parameters, prior)
    for weights, predictor, direction in zip(
        (first, second), _predictors(parameters.values), _directions(), strict=True
    ):
        kept = np.exp(log_expit(predictor))
        gradient += np.einsum("asn,snv->av", weights * (1 - kept), direction)
        information += np.einsum(
            "asn,snv,snw->avw", weights * kept * (1 - kept), direction, direction
        )
    gradient[:, 0] -= (reliability - prior.reliability) / prior.reliability_sd**2
    gradient[:, 1] -= pull / prior.left_pull_sd**2
    if parameters.with_ties:
        gradient[:, 2] += (n_ties + prior.ties) * _tie_slope(parameters) - 2 * prior.ties
        information[:, 2, 2] += n_ties * _tie_curvature(parameters)
    else:  # ν stays 0: no slope, and nothing that ties it to the others
        gradient[:, 2] = 0
        information[:, 2, :] = information[:, :, 2] = 0
        information[:, 2, 2] = 1
    return gradient, information
