"""A model of choices between two: margin of a comparison; reliability and side of an annotator.

Comparison i has a hidden margin d_i ~ N(0, 1), above 0 where the first completion is better.
With s = 1 where the first stood left, -1 where it stood right (0 unknown), annotator a says
    first  with probability σ(γ_a d_i + b_a s - ν_a),
    second with probability σ(-γ_a d_i - b_a s - ν_a), and tie with what remains.
γ is reliability (0 chooses at random, below 0 against the margin), b the pull of the left side,
ν >= 0 the readiness to call a tie. A comparison is difficult where its margin is near 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtr

from alignment_core.agreement.annotators.pairwise_step import (
    N_KINDS,
    NODES,
    PairPrior,
    Parameters,
    gradients,
    improve,
    log_prior,
    log_probability,
    prior_information,
)
from alignment_core.agreement.figures.setting_checks import check_positive, check_whole
from alignment_core.agreement.tables.columns import FloatArray, IntArray, Keys
from alignment_core.agreement.tables.sparse_votes import (
    Votes,
    normalise_logs,
    rows_and_repeats,
    sparse_votes,
)
from alignment_core.agreement.tables.table import JudgementTable

_EDGES = (NODES[1:] + NODES[:-1]) / 2
_LOG_WEIGHTS = np.log(np.diff(ndtr(np.concatenate([[-np.inf], _EDGES, [np.inf]]))))


@dataclass(frozen=True, eq=False)
class PairwiseModel:
    """A fitted model; arrays follow the order of the table's lists.

    p_first: probability that the first completion is the better, (n_comparisons,); 0.5 unjudged.
    margin, margin_sd: mean and standard deviation of d given the votes, (n_comparisons,).
    difficulty: twice the chance that an annotator of median reliability, without ties or a pull
        to a side, takes the worse completion; in (0, 1), 1 is a toss-up; (n_comparisons,).
    values: γ, b and ν of each annotator, (n_annotators, 3).
    standard_errors: of those, from each annotator's empirical information with the others' values
        taken as known; 0 for ν where no ties are offered.
    log_likelihood: of all judgements, in nats. objective: after each iteration, with the log
        prior; it never falls.
    """

    comparisons: Keys
    annotators: Keys
    p_first: FloatArray
    margin: FloatArray
    margin_sd: FloatArray
    difficulty: FloatArray
    values: FloatArray
    standard_errors: FloatArray
    log_likelihood: float
    objective: tuple[float, ...]
    has_converged: bool


def fit_pairwise(
    table: JudgementTable,
    *,
    first: str = "first",
    second: str = "second",
    tie: str | None = "tie",
    prior: PairPrior | None = None,
    tolerance: float = 1e-8,
    max_iterations: int = 1000,
) -> PairwiseModel:
    """Fit by expectation (over a grid of margins) and maximisation (a Newton step), as a MAP.

    Args:
        table: with annotators; `first_left`, if recorded, tells sides apart. Verdicts that are
            none of the three, such as both bad, are left out. Repeats count as further answers.
        first, second, tie: the categories' names; tie None where none is offered.
        prior: on the annotators' values; default `PairPrior()`.
        tolerance: stop when an iteration raises the objective by less than this share of it.
        max_iterations: stop after as many in any case; the result says whether it converged.
    Raises: ValueError if the table has no annotators or none of these verdicts, or a setting is
        out of range.
    Source: marginal maximum likelihood of item response theory (Bock & Aitkin 1981, Psychometrika
        46); ties as in Rao & Kupper 1967, JASA 62; the same roles as in GLAD (Whitehill et al.
        2009, NIPS 22) and MACE (Hovy et al. 2013, NAACL).
    """
    check_positive("tolerance", tolerance)
    check_whole("max_iterations", max_iterations, least=1)
    prior = PairPrior() if prior is None else prior
    votes = _votes(table, [first, second] if tie is None else [first, second, tie])
    parameters = Parameters.start(votes.n_annotators, with_ties=tie is not None, prior=prior)
    posterior, log_likelihood = _expect(votes, parameters)
    objective: list[float] = []
    has_converged = False
    while len(objective) < max_iterations and not has_converged:
        parameters = improve(parameters, votes.sum_over_comparisons(posterior), prior)
        posterior, log_likelihood = _expect(votes, parameters)
        objective.append(log_likelihood + log_prior(parameters, prior))
        if len(objective) > 1:
            gain = objective[-1] - objective[-2]
            has_converged = gain <= tolerance * abs(objective[-1])
    margin = posterior @ NODES
    median = abs(float(np.median(parameters.values[:, 0])))
    return PairwiseModel(
        comparisons=table.comparisons,
        annotators=rows_and_repeats(table).annotators,
        p_first=posterior[:, NODES > 0].sum(axis=1) + posterior[:, NODES == 0].sum(axis=1) / 2,
        margin=margin,
        margin_sd=np.sqrt(np.maximum(posterior @ NODES**2 - margin**2, 0)),
        difficulty=posterior @ (2 * expit(-median * np.abs(NODES))),
        values=parameters.values,
        standard_errors=_standard_errors(votes, parameters, prior, posterior),
        log_likelihood=log_likelihood,
        objective=tuple(objective),
        has_converged=has_converged,
    )


def _votes(table: JudgementTable, names: list[str]) -> Votes:
    missing = [name for name in names if name not in table.categories]
    if len(set(names)) != len(names):
        raise ValueError(f"the verdicts must be different categories, not {', '.join(names)}")
    if missing:
        raise ValueError(f"{missing[0]} is none of the categories {', '.join(table.categories)}")
    rows = rows_and_repeats(table)
    verdict_of = np.full(len(table.categories), -1)
    verdict_of[[table.categories.index(name) for name in names]] = np.arange(len(names))
    verdict = verdict_of[rows.category]
    side: IntArray = np.zeros(len(rows), dtype=np.int64)
    if rows.first_left is not None:
        side = np.array([2, 1, 0])[rows.first_left]  # 0 stood right, 1 left, -1 not recorded
    taken = verdict >= 0
    kind = (side * 3 + verdict)[taken]
    return sparse_votes(table, rows.comparison[taken], rows.annotator[taken], kind, N_KINDS)


def _expect(votes: Votes, parameters: Parameters) -> tuple[FloatArray, float]:
    """Posterior of each comparison over the nodes, and the log-likelihood of all votes."""
    logs = log_probability(parameters)
    logs[np.isneginf(logs)] = 0  # ties where none are offered: no vote is one
    joint = votes.sum_over_votes(logs)
    joint += _LOG_WEIGHTS
    log_sums = normalise_logs(joint)
    return joint, float(log_sums.sum())


def _standard_errors(
    votes: Votes, parameters: Parameters, prior: PairPrior, posterior: FloatArray
) -> FloatArray:
    """From sums of outer products of each vote's score (Meilijson 1989, JRSS B 51)."""
    slopes = gradients(parameters)
    information = prior_information(parameters, prior)
    by_kind = votes.by_kind
    for row in np.flatnonzero(np.diff(by_kind.indptr)):
        annotator, kind = divmod(int(row), N_KINDS)
        cells = slice(by_kind.indptr[row], by_kind.indptr[row + 1])
        scores = posterior[by_kind.indices[cells]] @ slopes[annotator, kind]
        information[annotator] += (scores * by_kind.data[cells, None]).T @ scores
    variances = np.diagonal(np.linalg.inv(information), axis1=1, axis2=2)
    errors: FloatArray = np.sqrt(variances)
    if not parameters.with_ties:
        errors = errors * np.array([1.0, 1.0, 0.0])
    return errors
