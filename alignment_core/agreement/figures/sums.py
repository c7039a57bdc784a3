"""The sums that agreement coefficients are functions of.

Every coefficient here is a function of a few sums over comparisons, so a resample of comparisons
is a weighting of those sums, and a thousand resamples are one matrix product.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignment_core.agreement.tables.columns import FloatArray, IntArray, encode_keys

_N_SCALARS = 6


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums over comparisons; `sums` has shape (..., 6 + 2 * n_categories), the rest its `...`.

    n is the count of judgements of a category in a comparison, r their number in all.
    n_scale: how many categories the scale holds, of which some may be unobserved.
    """

    sums: FloatArray
    n_scale: int

    @property
    def n_rated(self) -> FloatArray:
        """Comparisons with one judgement or more."""
        return self.sums[..., 0]

    @property
    def n_shared(self) -> FloatArray:
        """Comparisons with two judgements or more: the *shared* ones."""
        return self.sums[..., 1]

    @property
    def ordered_pairs(self) -> FloatArray:
        """Σ r (r - 1): ordered pairs of judgements of one comparison."""
        return self.sums[..., 2]

    @property
    def agreeing_pairs(self) -> FloatArray:
        """Σ Σ_c n (n - 1): those of them that agree."""
        return self.sums[..., 3]

    @property
    def share_agreeing(self) -> FloatArray:
        """Σ over shared comparisons of their share of agreeing pairs."""
        return self.sums[..., 4]

    @property
    def coincidences(self) -> FloatArray:
        """Σ over shared comparisons of Σ_c n (n - 1) / (r - 1)."""
        return self.sums[..., 5]

    @property
    def shared_counts(self) -> FloatArray:
        """Judgements of shared comparisons by category, shape (..., n_categories)."""
        return self.sums[..., _N_SCALARS : _N_SCALARS + self._n_categories]

    @property
    def rated_shares(self) -> FloatArray:
        """Σ over rated comparisons of n / r, shape (..., n_categories)."""
        return self.sums[..., _N_SCALARS + self._n_categories :]

    @property
    def _n_categories(self) -> int:
        n_sums: int = self.sums.shape[-1]
        return (n_sums - _N_SCALARS) // 2


def comparison_sums(counts: IntArray) -> FloatArray:
    """What each comparison adds to the sums of `Moments`.

    Args: counts, shape (n_comparisons, n_categories). A comparison without judgements adds 0.
    Returns: shape (n_comparisons, 6 + 2 * n_categories).
    """
    n = counts.astype(np.float64)
    r = n.sum(axis=1)
    rated, shared = r > 0, r > 1
    ordered = r * (r - 1)
    agreeing = (n * (n - 1)).sum(axis=1)
    share = np.divide(agreeing, ordered, out=np.zeros_like(r), where=shared)
    coincidences = np.divide(agreeing, r - 1, out=np.zeros_like(r), where=shared)
    shares = np.divide(n, r[:, None], out=np.zeros_like(n), where=rated[:, None])
    scalars = np.stack([rated, shared, ordered, agreeing, share, coincidences], axis=1)
    return np.concatenate([scalars, n * shared[:, None], shares], axis=1)


def distinct_patterns(counts: IntArray) -> tuple[IntArray, IntArray]:
    """The distinct rows of counts, and how many comparisons show each: few, however many rows.

    Returns: patterns (n_patterns, n_categories) in a fixed order, frequencies (n_patterns,).
    """
    patterns, pattern = pattern_of_each(counts)
    return patterns, np.bincount(pattern, minlength=len(patterns)).astype(np.int64)


def pattern_of_each(counts: IntArray) -> tuple[IntArray, IntArray]:
    """The distinct rows of counts in a fixed order, and for each row the place of its pattern."""
    base = int(counts.max(initial=0)) + 1
    if base ** counts.shape[1] < 2**62:  # a row as one number: those are told apart far quicker
        place = base ** np.arange(counts.shape[1], dtype=np.int64)
        codes, pattern = encode_keys(counts @ place)
        return codes[:, None] // place % base, pattern
    patterns, pattern = np.unique(counts, axis=0, return_inverse=True)
    return patterns, pattern.ravel()
