"""Dawid and Skene's model: a hidden true category, and how each annotator reports it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alignment_core.agreement.tables.columns import FloatArray, Keys
from alignment_core.agreement.tables.sparse_votes import (
    Votes,
    normalise_logs,
    rows_and_repeats,
    votes_of,
)
from alignment_core.agreement.tables.table import JudgementTable

_TINY = 1e-300  # in place of 0 before a logarithm


@dataclass(frozen=True)
class ConfusionPrior:
    """Judgements imagined for each annotator and true category before any is seen.

    Sparse votes need them: who judged five comparisons is else found perfect, or always wrong.
    right: imagined right reports; wrong: imagined reports of each other category; both at least 0.
    """

    right: float = 2.0
    wrong: float = 0.5

    def __post_init__(self) -> None:
        if not (0 <= self.right < np.inf and 0 <= self.wrong < np.inf):
            raise ValueError(f"imagined judgements cannot be negative or without end: {self}")

    def counts(self, n_categories: int) -> FloatArray:
        """Shape (n_categories, n_categories), by true and given category."""
        off = np.full((n_categories, n_categories), self.wrong)
        np.fill_diagonal(off, self.right)
        return off


@dataclass(frozen=True, eq=False)
class DawidSkene:
    """A fitted model; arrays follow the order of the table's lists.

    posterior: probability of each category by comparison, (n_comparisons, n_categories); where
        nobody judged, it is `prevalence`.
    prevalence: of the true categories, (n_categories,).
    confusion: probability of the given category (last) by annotator and true category,
        (n_annotators, n_categories, n_categories).
    log_likelihood: of all judgements, in nats, without multinomial constants.
    objective: after each iteration: the log-likelihood, plus the log prior where there is one;
        it never falls.
    """

    categories: tuple[str, ...]
    comparisons: Keys
    annotators: Keys
    posterior: FloatArray
    prevalence: FloatArray
    confusion: FloatArray
    log_likelihood: float
    objective: tuple[float, ...]
    has_converged: bool

    @property
    def accuracy(self) -> FloatArray:
        """Probability that an annotator reports the true category, (n_annotators,)."""
        right = np.diagonal(self.confusion, axis1=1, axis2=2)
        accuracy: FloatArray = right @ self.prevalence
        return accuracy


def fit_dawid_skene(
    table: JudgementTable,
    *,
    prior: ConfusionPrior | None = None,
    tolerance: float = 1e-9,
    max_iterations: int = 2000,
) -> DawidSkene:
    """Fit by expectation and maximisation from the shares of the votes, to convergence.

    Args:
        table: with annotators; repeats count as separate answers.
        prior: None for maximum likelihood; a prior for the mode of the posterior (MAP).
        tolerance: stop when an iteration raises the objective by less than this share of it.
        max_iterations: stop after as many in any case; the result says whether it converged.
    Raises: ValueError if the table has no annotators or no judgements, or a setting is out of
        range.
    Source: Dawid & Skene 1979, Applied Statistics 28, eq. 2.3 to 2.5.
    """
    if not (tolerance > 0 and max_iterations >= 1):
        raise ValueError(f"{tolerance=} and {max_iterations=} must be above 0")
    votes = votes_of(table)
    n_categories = len(table.categories)
    imagined = np.zeros((n_categories, n_categories))
    if prior is not None:
        imagined = prior.counts(n_categories)
    posterior = _vote_shares(votes)
    judged = posterior.sum(axis=1) > 0
    objective: list[float] = []
    has_converged = False
    while len(objective) < max_iterations and not has_converged:
        prevalence, confusion = _maximise(votes, posterior, judged, imagined)
        posterior, log_likelihood = _expect(votes, prevalence, confusion, judged)
        objective.append(log_likelihood + _log_prior(confusion, imagined))
        if len(objective) > 1:
            gain = objective[-1] - objective[-2]
            has_converged = gain <= tolerance * abs(objective[-1])
    posterior[~judged] = prevalence
    return DawidSkene(
        categories=table.categories,
        comparisons=table.comparisons,
        annotators=rows_and_repeats(table).annotators,
        posterior=posterior,
        prevalence=prevalence,
        confusion=confusion,
        log_likelihood=log_likelihood,
        objective=tuple(objective),
        has_converged=has_converged,
    )


def _vote_shares(votes: Votes) -> FloatArray:
    """Share of each category among a comparison's votes; zeros where there are none."""
    one_hot = np.broadcast_to(np.eye(votes.n_kinds), (votes.n_annotators,) + (votes.n_kinds,) * 2)
    counts = votes.sum_over_votes(np.ascontiguousarray(one_hot))
    total = counts.sum(axis=1, keepdims=True)
    shares: FloatArray = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
    return shares


def _maximise(
    votes: Votes, posterior: FloatArray, judged: npt.NDArray[np.bool_], imagined: FloatArray
) -> tuple[FloatArray, FloatArray]:
    prevalence = posterior[judged].mean(axis=0) if not judged.all() else posterior.mean(axis=0)
    reports = votes.sum_over_comparisons(posterior).swapaxes(1, 2) + imagined
    total = reports.sum(axis=2, keepdims=True)
    # whoever never met a category may report it in any way: nothing depends on it
    anything = np.full_like(reports, 1 / votes.n_kinds)
    return prevalence, np.divide(reports, total, out=anything, where=total > 0)


def _expect(
    votes: Votes, prevalence: FloatArray, confusion: FloatArray, judged: npt.NDArray[np.bool_]
) -> tuple[FloatArray, float]:
    log_confusion = np.log(np.maximum(confusion, _TINY)).swapaxes(1, 2)
    joint = votes.sum_over_votes(np.ascontiguousarray(log_confusion))
    joint += np.log(np.maximum(prevalence, _TINY))
    log_sums = normalise_logs(joint)
    joint[~judged] = 0
    return joint, float(log_sums[judged].sum())


def _log_prior(confusion: FloatArray, imagined: FloatArray) -> float:
    if not imagined.any():
        return 0.0
    return float((imagined * np.log(np.maximum(confusion, _TINY))).sum())
