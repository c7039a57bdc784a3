"""Judgements as a sparse matrix, which is all that the annotator models compute with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
from scipy.sparse import csr_array

from alignment_core.agreement.tables.columns import FloatArray, IntArray
from alignment_core.agreement.tables.table import JudgementRows, JudgementTable


@dataclass(frozen=True, eq=False)
class Votes:
    """How often each annotator gave each kind of vote on each comparison.

    by_comparison: counts, shape (n_comparisons, n_annotators * n_kinds); by_kind: its transpose.
    A kind is a category, or a category and the side shown.
    """

    by_comparison: csr_array
    by_kind: csr_array
    n_annotators: int
    n_kinds: int

    def sum_over_votes(self, of_kind: FloatArray) -> FloatArray:
        """For each comparison, the sum over its votes of `of_kind`.

        Args: of_kind, shape (n_annotators, n_kinds, n_states).
        Returns: shape (n_comparisons, n_states).
        """
        flat = of_kind.reshape(self.n_annotators * self.n_kinds, -1)
        summed: FloatArray = self.by_comparison @ flat
        return summed

    def sum_over_comparisons(self, of_comparison: FloatArray) -> FloatArray:
        """For each annotator and kind of vote, the sum over such votes of `of_comparison`.

        Args: of_comparison, shape (n_comparisons, n_states).
        Returns: shape (n_annotators, n_kinds, n_states).
        """
        summed: FloatArray = self.by_kind @ of_comparison
        return summed.reshape(self.n_annotators, self.n_kinds, -1)


def votes_of(table: JudgementTable) -> Votes:
    """The votes of a table by category, repeats among them as separate answers.

    Raises: ValueError if the table does not know its annotators or holds no judgement.
    """
    rows = rows_and_repeats(table)
    return sparse_votes(
        table, rows.comparison, rows.annotator, rows.category, len(table.categories)
    )


def rows_and_repeats(table: JudgementTable) -> JudgementRows:
    """All judgements of a table as rows. Raises: ValueError if it does not know its annotators."""
    if table.rows is None:
        raise ValueError("a model of annotators needs judgements with their annotators")
    return table.rows if table.repeats is None else table.rows.beside(table.repeats)


def sparse_votes(
    table: JudgementTable, comparison: IntArray, annotator: IntArray, kind: IntArray, n_kinds: int
) -> Votes:
    """Votes of the table's annotators on its comparisons, each of a kind in [0, n_kinds).

    Raises: ValueError if there is no vote.
    """
    if not len(comparison):
        raise ValueError("a model of annotators needs at least one judgement")
    n_annotators = 0 if table.annotators is None else len(table.annotators)
    entries = np.ones(len(comparison)), (comparison, annotator * n_kinds + kind)
    matrix = csr_array(entries, shape=(len(table.comparisons), n_annotators * n_kinds))
    matrix.sum_duplicates()
    return Votes(matrix, csr_array(matrix.T.tocsr()), n_annotators, n_kinds)


def normalise_logs(joint: FloatArray) -> FloatArray:
    """Turn rows of log-weights into probabilities, in place; the logs of their sums are returned.

    Args: joint, shape (n, n_states), each row with a finite entry. Returns: shape (n,).
    """
    first, *others = joint.T  # along rows of few states numpy is slow
    highest = reduce(np.maximum, others, first.copy())  # no view: the rows are about to change
    joint -= highest[:, None]
    np.exp(joint, out=joint)
    total = joint @ np.ones(joint.shape[1])
    joint /= total[:, None]
    logs: FloatArray = np.log(total) + highest
    return logs
