"""Whether a reward model's probabilities come true.

A reward model says that chosen is preferred with probability σ(margin). As "chosen" is what people
preferred, every pair is turned round to face the completion that the model favours: its confidence
is max(p, 1 - p), at least ½, and what is observed is whether, or how often, people agreed.

A reward model that was trained with a model of ties gives probabilities by that model: of chosen
among decided votes against outcomes, and of chosen with half of the ties against shares of votes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from scipy.special import expit

from alignment_core.data.records import PreferenceRecord
from alignment_core.evaluation.figures import (
    SMALLEST_GROUP,
    FloatArray,
    mean_figure,
    resampled_figure,
    share_of_group,
    too_few,
)
from alignment_core.evaluation.logistic import PRIOR_SD, fit_logistic
from alignment_core.evaluation.metrics import N_RESAMPLES, undefined
from alignment_core.losses.ties import davidson_log_probs, rao_kupper_log_probs

N_BINS = 10  # of equal width from ½ to 1
TIE_MODELS = {"davidson": davidson_log_probs, "rao_kupper": rao_kupper_log_probs}


class TieModel(NamedTuple):
    """How a reward model explains ties: a name of TIE_MODELS and its ν, or not at all."""

    model: str = "none"
    nu: float = 0.0


NO_TIES = TieModel()


def calibration_report(
    margins: FloatArray, records: Sequence[PreferenceRecord], ties: TieModel = NO_TIES
) -> dict[str, Any]:
    """Calibration against outcomes, and against shares of votes where people voted.

    Args:
        margins: differences of reward, chosen minus rejected, shape (records,).
        ties: how the reward model explains ties.
    """
    decided = np.array([record.outcome == "preference" for record in records], dtype=bool)
    counts = [record.verdicts for record in records]
    n_votes = np.array([votes.n_relative for votes in counts], dtype=np.float64)
    for_chosen = np.array([votes.chosen + 0.5 * votes.tie for votes in counts], dtype=np.float64)
    voted = n_votes > 0
    p, share = probabilities(margins, ties)
    return {
        "ties": ties._asdict(),
        "outcomes": calibration(p[decided], np.ones(int(decided.sum())), None),
        "vote_shares": calibration(
            share[voted], for_chosen[voted] / n_votes[voted], n_votes[voted]
        ),
        "temperature": temperature(margins[decided]),
    }


def probabilities(margins: FloatArray, ties: TieModel) -> tuple[FloatArray, FloatArray]:
    """P(chosen | decided) and P(chosen) + ½ P(tie) of each pair; both σ(margin) without ties."""
    if ties.model not in TIE_MODELS:
        return expit(margins), expit(margins)
    logs = TIE_MODELS[ties.model](torch.from_numpy(margins), nu=ties.nu)
    win, loss, tie = (part.exp().numpy() for part in logs)
    return win / (win + loss), win + 0.5 * tie


def calibration(p: FloatArray, observed: FloatArray, n_votes: FloatArray | None) -> dict[str, Any]:
    """Reliability curve, expected calibration error, Brier score and log loss.

    Args:
        p: predicted probability that chosen is preferred, in [0, 1], shape (pairs,).
        observed: 1 for an outcome, or the share of votes for chosen, in [0, 1].
        n_votes: votes of each pair; None where outcomes are observed.
    Returns:
        bins: low, high, n, mean predicted confidence and observed share of each that has pairs.
        ece: Σ n_bin / n |observed - predicted|, in [0, ½].
        ece_by_chance: what ECE a perfectly calibrated model would show on as many pairs, as the
            mean and the 95 % quantile of simulations: no finite sample gives 0.
        brier: mean (p - observed)², in [0, 1]; ¼ for always ½ against outcomes.
        log_loss: mean -(y log p + (1 - y) log(1 - p)), in nats; log 2 for always ½.
    Source: Guo et al. 2017, arXiv:1706.04599, eq. 3, with bins over [½, 1]; Brier 1950.
    """
    n = len(p)
    if n < SMALLEST_GROUP:
        return {"bins": [], "ece": too_few(n, "pairs"), "brier": too_few(n, "pairs")}
    faces_chosen = p >= 0.5
    confidence = np.where(faces_chosen, p, 1 - p)
    share = np.where(faces_chosen, observed, 1 - observed)
    share = np.where(p == 0.5, 0.5, share)  # the model favours neither side
    place = np.minimum(((confidence - 0.5) * 2 * N_BINS).astype(np.int64), N_BINS - 1)
    safe = np.clip(p, 1e-12, 1 - 1e-12)
    return {
        "n": n,
        "n_votes": None if n_votes is None else int(n_votes.sum()),
        "bins": [
            _bin(number, confidence[place == number], share[place == number], n_votes is None)
            for number in range(N_BINS)
            if (place == number).any()
        ],
        "ece": resampled_figure(lambda weights: _ece(weights, place, confidence, share), n),
        "ece_by_chance": _ece_by_chance(place, confidence, n_votes),
        "brier": mean_figure((p - observed) ** 2),
        "log_loss": mean_figure(-(observed * np.log(safe) + (1 - observed) * np.log1p(-safe))),
    }


def temperature(margins: FloatArray) -> dict[str, Any]:
    """The T for which σ(margin / T) fits the outcomes best: above 1 the scores are too sure.

    Args:
        margins: of pairs with a preference, chosen minus rejected.
    Source: Guo et al. 2017, section 4.2.
    """
    scale = float(np.std(margins)) if len(margins) else 0.0
    if len(margins) >= SMALLEST_GROUP and (margins > 0).all():
        reason = "every pair is ranked right, so no temperature is too low"
        return {**undefined(reason), "n": len(margins)}
    if scale == 0.0 and len(margins) >= SMALLEST_GROUP:
        return {**undefined("all margins are equal"), "n": len(margins)}
    features = margins[:, None] / max(scale, 1e-300)

    def fitted(weights: FloatArray) -> FloatArray:
        slopes = fit_logistic(features, np.ones(len(margins)), weights)[:, 0]
        # A slope of 0 or below says the scores are worse than none; one that only the penalty
        # holds is a resample in which every pair is ranked right.
        usable = (slopes > 1e-6) & (slopes < PRIOR_SD)
        with np.errstate(divide="ignore", over="ignore"):
            return np.asarray(np.where(usable, scale / slopes, np.nan))

    return resampled_figure(fitted, len(margins))


def _bin(
    number: int, confidence: FloatArray, share: FloatArray, is_outcome: bool
) -> dict[str, Any]:
    observed = share_of_group(share.tolist()) if is_outcome else mean_figure(share)
    return {
        "low": 0.5 + number / (2 * N_BINS),
        "high": 0.5 + (number + 1) / (2 * N_BINS),
        "n": len(share),
        "predicted": float(confidence.mean()),
        "observed": {**observed, "mean": float(share.mean())},
    }


def _ece(
    weights: FloatArray, place: np.ndarray, confidence: FloatArray, share: FloatArray
) -> FloatArray:
    total = np.zeros(len(weights))
    for number in range(N_BINS):
        inside = place == number
        if inside.any():
            total += np.abs(weights[:, inside] @ (share[inside] - confidence[inside]))
    return np.asarray(total / weights.sum(axis=1))


def _ece_by_chance(
    place: np.ndarray, confidence: FloatArray, n_votes: FloatArray | None
) -> dict[str, float]:
    generator = np.random.default_rng(0)
    trials = np.ones(len(confidence)) if n_votes is None else n_votes
    ones = np.ones((1, len(confidence)))
    values = np.array(
        [
            _ece(
                ones, place, confidence, generator.binomial(trials.astype(int), confidence) / trials
            )
            for _ in range(N_RESAMPLES)
        ]
    )
    return {"mean": float(values.mean()), "high": float(np.quantile(values, 0.95))}
