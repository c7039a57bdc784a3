"""Dawid and Skene's model: a hidden true category, and how each annotator reports it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from alignment_core.agreement.annotators.climbing import Climb, climb
from alignment_core.agreement.figures.setting_checks import check_positive, check_whole
from alignment_core.agreement.tables.columns import FloatArray, Keys
from alignment_core.agreement.tables.sparse_votes import (
    Votes,
    normalise_logs,
    rows_and_repeats,
    votes_of,
)
from alignment_core.agreement.tables.table import JudgementTable

Flags = npt.NDArray[np.bool_]

_TINY = 1e-300  # in place of 0 before a logarithm
_PLAIN_VOTES = 10_000_000  # so many votes are read by plain steps before the first leap,
_FEWEST_PLAIN, _MOST_PLAIN = 10, 5000  # in so many steps at least and at most
_LEAST_LEFT = 0.01  # of a probability, by one leap
_SHAKE = 1e-3


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
    has_converged: whether the iterations came to their end, which is a maximum near the start and
        need not be the highest of all; False where they were stopped before.
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
    tolerance: float = 1e-8,
    max_iterations: int = 10_000,
) -> DawidSkene:
    """Fit by expectation and maximisation from the shares of the votes, to convergence.

    Where plain iterations creep, they are extrapolated (Anderson); what does not raise the
    objective is given up. Small tables take thousands of plain iterations before, and are shaken
    once where they end, as a saddle looks like a maximum from where it stands.

    Args:
        table: with annotators; repeats count as separate answers.
        prior: None for maximum likelihood; a prior for the mode of the posterior (MAP).
        tolerance: stop when no probability is farther than this from where the iterations lead, by
            what the last of them foretell, and the objective gains less than this share of it.
        max_iterations: stop after as many in any case; the result says whether it converged.
    Raises: ValueError if the table has no annotators or no judgements, or a setting is out of
        range.
    Source: Dawid & Skene 1979, Applied Statistics 28, eq. 2.3 to 2.5.
    """
    check_positive("tolerance", tolerance)
    check_whole("max_iterations", max_iterations, least=1)
    likelihood = _Likelihood.of(table, prior)
    n_votes = likelihood.votes.by_comparison.nnz
    n_plain = int(np.clip(_PLAIN_VOTES / n_votes, _FEWEST_PLAIN, _MOST_PLAIN))
    climbing = {"n_plain": n_plain, "tolerance": tolerance, "max_steps": max_iterations}
    end = likelihood.climb(likelihood.start(), **climbing)
    if end.has_converged and len(end.objective) < n_plain:  # a saddle looks like a top from it
        shaken = likelihood.climb(likelihood.shaken(end.values), **climbing)
        if shaken.objective[-1] > end.objective[-1] + tolerance * abs(end.objective[-1]):
            higher = tuple(one for one in shaken.objective if one > end.objective[-1])
            end = Climb(shaken.values, end.objective + higher, shaken.has_converged)
    prevalence, confusion = likelihood.parts(end.values)
    posterior, log_likelihood = _expect(
        likelihood.votes, prevalence, confusion, likelihood.is_judged
    )
    posterior[~likelihood.is_judged] = prevalence
    return DawidSkene(
        categories=table.categories,
        comparisons=table.comparisons,
        annotators=rows_and_repeats(table).annotators,
        posterior=posterior,
        prevalence=prevalence,
        confusion=confusion,
        log_likelihood=log_likelihood,
        objective=end.objective,
        has_converged=end.has_converged,
    )


@dataclass(frozen=True, eq=False)
class _Likelihood:
    """Of prevalence and confusion in one array: (q + n_annotators * q²,)."""

    votes: Votes
    is_judged: Flags
    imagined: FloatArray

    @classmethod
    def of(cls, table: JudgementTable, prior: ConfusionPrior | None) -> _Likelihood:
        q = len(table.categories)
        imagined = np.zeros((q, q)) if prior is None else prior.counts(q)
        votes = votes_of(table)
        return cls(votes, np.diff(votes.by_comparison.indptr) > 0, imagined)

    def start(self) -> FloatArray:
        """What the shares of the votes give, taken for the posterior."""
        return self._maximum(_vote_shares(self.votes))

    def climb(self, start: FloatArray, **climbing: Any) -> Climb:
        return climb(self._step, start, allowed=self._allowed, **climbing)

    def shaken(self, values: FloatArray) -> FloatArray:
        """The same values but for a thousandth, in a direction of no meaning."""
        noise = np.random.default_rng(0).uniform(-_SHAKE, _SHAKE, len(values))
        return self._allowed(values * (1 + noise), values)

    def parts(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        q = self.votes.n_kinds
        return values[:q], values[q:].reshape(-1, q, q)

    def _maximum(self, posterior: FloatArray) -> FloatArray:
        prevalence, confusion = _maximise(self.votes, posterior, self.is_judged, self.imagined)
        return np.concatenate([prevalence, confusion.ravel()])

    def _step(self, values: FloatArray) -> tuple[FloatArray, float]:
        """Where expectation and maximisation lead, and the objective where they start."""
        prevalence, confusion = self.parts(values)
        posterior, log_likelihood = _expect(self.votes, prevalence, confusion, self.is_judged)
        return self._maximum(posterior), log_likelihood + _log_prior(confusion, self.imagined)

    def _allowed(self, leapt: FloatArray, stepped: FloatArray) -> FloatArray:
        """Probabilities again. None becomes 0 by a leap, as no step would bring it back."""
        prevalence, confusion = self.parts(np.maximum(leapt, _LEAST_LEFT * stepped))
        confusion = confusion / confusion.sum(axis=2, keepdims=True)
        return np.concatenate([prevalence / prevalence.sum(), confusion.ravel()])


def _vote_shares(votes: Votes) -> FloatArray:
    """Share of each category among a comparison's votes; zeros where there are none."""
    one_hot = np.broadcast_to(np.eye(votes.n_kinds), (votes.n_annotators,) + (votes.n_kinds,) * 2)
    counts = votes.sum_over_votes(np.ascontiguousarray(one_hot))
    total = counts.sum(axis=1, keepdims=True)
    shares: FloatArray = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
    return shares


def _maximise(
    votes: Votes, posterior: FloatArray, judged: Flags, imagined: FloatArray
) -> tuple[FloatArray, FloatArray]:
    prevalence = posterior[judged].mean(axis=0) if not judged.all() else posterior.mean(axis=0)
    reports = votes.sum_over_comparisons(posterior).swapaxes(1, 2) + imagined
    total = reports.sum(axis=2, keepdims=True)
    # whoever never met a category may report it in any way: nothing depends on it
    anything = np.full_like(reports, 1 / votes.n_kinds)
    return prevalence, np.divide(reports, total, out=anything, where=total > 0)


def _expect(
    votes: Votes, prevalence: FloatArray, confusion: FloatArray, judged: Flags
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
