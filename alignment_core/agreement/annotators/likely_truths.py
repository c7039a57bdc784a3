"""How many of somebody's judgements are right, in each of many sets of truths that fit the votes.

An accuracy is uncertain for three reasons: few judgements, truths that nobody knows, and others'
reliability, from which the truths are guessed. Drawing truths and confusions in turn carries all
three; a single best guess carries the first alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from alignment_core.agreement.annotators.dawid_skene import ConfusionPrior, DawidSkene
from alignment_core.agreement.tables.columns import FloatArray, IntArray
from alignment_core.agreement.tables.sparse_votes import Votes, normalise_logs

_CHAINS = 24
_SWEEPS = 9, 400  # at least and at most
_FORGOTTEN = 1 / 3  # of the sweeps, which still know where the chain began
_BUDGET = 8_000_000  # votes times categories times chains times sweeps: tenths of a second
_TINY = 1e-300  # in place of 0 before a logarithm


@dataclass(frozen=True, eq=False)
class SharedVotes:
    """Votes on comparisons that two annotators or more judged; the others tell of nobody.

    votes: of each distinct pattern, (n_patterns, n_annotators * n_kinds).
    n: how many comparisons show it, (n_patterns,).
    """

    votes: csr_array
    n: IntArray
    n_annotators: int
    n_kinds: int

    @property
    def n_judgements(self) -> FloatArray:
        """Of each annotator, (n_annotators,)."""
        by_kind: FloatArray = self.votes.T @ self.n.astype(np.float64)
        n: FloatArray = by_kind.reshape(self.n_annotators, self.n_kinds).sum(axis=1)
        return n


def shared_votes(votes: Votes) -> SharedVotes:
    """The shared votes of a table, in an order that depends on no order of its comparisons."""
    matrix = votes.by_comparison
    shared = matrix[np.flatnonzero(_judges_of_each(votes) > 1)]
    # two patterns with one sum of random 64-bit numbers: not in a table that fits into memory
    numbers = np.random.default_rng(0).integers(0, 2**63, matrix.shape[1], dtype=np.uint64)
    marks = shared.astype(np.uint64) @ numbers
    _, first, n = np.unique(marks, return_index=True, return_counts=True)
    return SharedVotes(csr_array(shared[first]), n, votes.n_annotators, votes.n_kinds)


def draw_right(
    shared: SharedVotes, model: DawidSkene, *, prior: ConfusionPrior, rng: np.random.Generator
) -> FloatArray:
    """Right judgements of each annotator, in draws from the posterior of Dawid and Skene's model.

    Gibbs sampling: truths by the confusions and the prevalence, then these by the truths, in
    several chains that begin at the fitted model.
    Args: model, fitted to the table of the votes; prior, of the confusions.
    Returns: whole numbers, (n_draws, n_annotators).
    """
    n_chains, n_sweeps = _effort(shared)
    back = csr_array(shared.votes.T.tocsr())
    imagined = prior.counts(shared.n_kinds).T[:, None, :]
    confusion = model.confusion.swapaxes(1, 2)[:, :, None].repeat(n_chains, axis=2)
    prevalence = model.prevalence[None].repeat(n_chains, axis=0)
    found = []
    for _ in range(n_sweeps):
        truths = _draw_truths(shared, confusion, prevalence, rng)
        reports = _reports(shared, back, truths)
        found.append(np.einsum("jckc->kj", reports))
        confusion = _shares(rng.standard_gamma(reports + imagined), axis=1)
        prevalence = _shares(rng.standard_gamma(truths.sum(axis=0) + 1), axis=1)
    return np.concatenate(found[int(n_sweeps * _FORGOTTEN) :])


def _judges_of_each(votes: Votes) -> IntArray:
    """How many annotators judged each comparison, (n_comparisons,)."""
    matrix = votes.by_comparison
    comparison = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    pair = comparison * votes.n_annotators + matrix.indices // votes.n_kinds  # in order
    is_new = np.diff(pair, prepend=-1) > 0
    return np.bincount(comparison[is_new], minlength=matrix.shape[0])


def _effort(shared: SharedVotes) -> tuple[int, int]:
    """How many chains, and sweeps of each: the more votes, the fewer, as less is unknown."""
    affordable = _BUDGET / max(1, shared.votes.nnz * shared.n_kinds)
    fewest, most = _SWEEPS
    n_chains = int(np.clip(affordable / most, 1, _CHAINS))
    return n_chains, int(np.clip(affordable / n_chains, fewest, most))


def _draw_truths(
    shared: SharedVotes, confusion: FloatArray, prevalence: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Comparisons of each pattern by chain and true category, (n_patterns, n_chains, n_kinds).

    Args: confusion by annotator, given category, chain and true one; prevalence by chain.
    """
    n_chains, q = prevalence.shape
    logs = np.log(np.maximum(confusion, _TINY)).reshape(-1, n_chains * q)
    joint = (shared.votes @ logs).reshape(-1, n_chains, q)
    joint += np.log(np.maximum(prevalence, _TINY))
    normalise_logs(joint.reshape(-1, q))
    if (shared.n == 1).all():
        return _draw_one_of_each(joint, rng)
    return rng.multinomial(shared.n[:, None], joint).astype(np.float64)


def _draw_one_of_each(shares: FloatArray, rng: np.random.Generator) -> FloatArray:
    """As multinomial draws of one, several times as fast."""
    drawn = rng.random((*shares.shape[:-1], 1))
    category = (drawn > shares.cumsum(axis=-1)[..., :-1]).sum(axis=-1)
    one_hot: FloatArray = np.eye(shares.shape[-1])[category]
    return one_hot


def _reports(shared: SharedVotes, back: csr_array, truths: FloatArray) -> FloatArray:
    """Judgements by annotator, given category, chain and true category."""
    n_chains, q = truths.shape[1:]
    summed: FloatArray = back @ truths.reshape(-1, n_chains * q)
    return summed.reshape(shared.n_annotators, shared.n_kinds, n_chains, q)


def _shares(weights: FloatArray, *, axis: int) -> FloatArray:
    positive = np.maximum(weights, _TINY)
    shares: FloatArray = positive / positive.sum(axis=axis, keepdims=True)
    return shares
