"""The table of judgements that every agreement statistic reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
Keys = npt.NDArray[Any]

NEITHER_SIDE = -1


@dataclass(frozen=True, eq=False)
class JudgementRows:
    """Who judged what, sorted by comparison and then annotator.

    annotators: sorted distinct keys, shape (n_annotators,); the other arrays have (n_rows,).
    comparison, annotator, category: positions in the table's lists.
    left_chosen: 1 left, 0 right, -1 neither (a tie, or not recorded); None if never recorded.
    seconds: time taken, NaN where not recorded; None if never recorded.
    """

    annotators: Keys
    comparison: IntArray
    annotator: IntArray
    category: IntArray
    left_chosen: npt.NDArray[np.int8] | None
    seconds: FloatArray | None


@dataclass(frozen=True, eq=False)
class JudgementTable:
    """Judgements as counts, and with their annotators where those are known; never changed.

    categories: names of the verdicts, one for each column of `counts`.
    comparisons: sorted distinct keys, shape (n_comparisons,).
    counts: judgements by comparison and category, shape (n_comparisons, n_categories).
    prompts: for each comparison the key of its prompt, which the bootstrap keeps together;
        None where every comparison stands alone.
    rows: the judgements with their annotators; None for a table of counts.
    """

    categories: tuple[str, ...]
    comparisons: Keys
    counts: IntArray
    prompts: Keys | None
    rows: JudgementRows | None

    @classmethod
    def from_arrays(
        cls,
        comparison: npt.ArrayLike,
        annotator: npt.ArrayLike,
        category: npt.ArrayLike,
        *,
        categories: Sequence[object] | None = None,
        prompt: npt.ArrayLike | None = None,
        left_chosen: npt.ArrayLike | None = None,
        seconds: npt.ArrayLike | None = None,
    ) -> Self:
        """Build the table from one entry for each judgement.

        Args (arrays of one length; keys are integers or strings, integers are fastest):
            comparison, annotator: keys of the thing judged and of the judge.
            category: the verdict, as a name or a number; its name in the table is `str(category)`.
            categories: the order of the columns; needed for none, but fixes them where a
                category may be unobserved. Default: the observed ones, sorted.
            prompt: key of the comparison's prompt.
            left_chosen: True, False or None (neither side, or unknown).
            seconds: time taken, at least 0, None or NaN where unknown.
        Raises: ValueError naming the entry, if lengths differ, a category is not in `categories`,
            an annotator judged a comparison twice, a comparison has two prompts, or seconds are
            negative.
        """
        comparison_keys, comparison_index = encode_keys(_column(comparison, "comparison"))
        annotator_keys, annotator_index = encode_keys(_column(annotator, "annotator"))
        labels = _column(category, "category")
        names, category_index = _encode_categories(labels, categories)
        columns = {"annotator": annotator_index, "category": category_index}
        sides = None if left_chosen is None else _sides(left_chosen)
        times = None if seconds is None else _times(seconds)
        prompt_keys = None if prompt is None else _column(prompt, "prompt")
        optional = {"left_chosen": sides, "seconds": times, "prompt": prompt_keys}
        for name, column in (columns | optional).items():
            if column is not None and len(column) != len(comparison_index):
                raise ValueError(
                    f"{name} has {len(column)} entries, comparison has {len(comparison_index)}"
                )
        prompts = None
        if prompt_keys is not None:
            prompts = prompt_of_each(comparison_keys, comparison_index, prompt_keys)
        order = np.argsort(comparison_index * len(annotator_keys) + annotator_index, kind="stable")
        rows = JudgementRows(
            annotators=annotator_keys,
            comparison=comparison_index[order],
            annotator=annotator_index[order],
            category=category_index[order],
            left_chosen=None if sides is None else sides[order],
            seconds=None if times is None else times[order],
        )
        _refuse_second_judgements(rows, comparison_keys)
        counts = np.bincount(
            rows.comparison * len(names) + rows.category,
            minlength=len(comparison_keys) * len(names),
        ).reshape(len(comparison_keys), len(names))
        return cls(names, comparison_keys, counts.astype(np.int64), prompts, rows)

    @classmethod
    def from_counts(
        cls,
        counts: npt.ArrayLike,
        *,
        categories: Sequence[object] | None = None,
        comparison: npt.ArrayLike | None = None,
        prompt: npt.ArrayLike | None = None,
    ) -> Self:
        """Build the table from judgements already counted, without their annotators.

        Args:
            counts: shape (n_comparisons, n_categories), whole numbers, at least 0.
            categories: names of the columns; default "0", "1", …
            comparison, prompt: keys of the rows, shape (n_comparisons,); comparison defaults to
                0, 1, … (give real keys to a table that will be merged).
        Raises: ValueError naming the row, if a shape or a count is not as stated or a comparison
            comes twice.
        """
        matrix = np.asarray(counts)
        if matrix.size == 0:
            matrix = matrix.reshape(0, len(categories or ()))
        if matrix.ndim != 2:
            raise ValueError(f"counts must have two dimensions, not {matrix.ndim}")
        if matrix.dtype.kind not in "iuf":
            raise ValueError(f"counts must be numbers, not {matrix.dtype}")
        good = np.isfinite(matrix) & (matrix >= 0) & (np.floor(matrix) == matrix)
        if not good.all():
            row, column = np.argwhere(~good)[0]
            raise ValueError(
                f"counts[{row}, {column}] is {matrix[row, column]}, not a whole number from 0"
            )
        whole = matrix.astype(np.int64)
        names = tuple(str(name) for name in (categories or range(whole.shape[1])))
        if len(names) != whole.shape[1] or len(set(names)) != len(names):
            raise ValueError(f"{whole.shape[1]} columns need as many distinct names, not {names}")
        keys = np.arange(len(whole)) if comparison is None else _column(comparison, "comparison")
        prompts = None if prompt is None else _column(prompt, "prompt")
        for name, column in {"comparison": keys, "prompt": prompts}.items():
            if column is not None and len(column) != len(whole):
                raise ValueError(f"{name} has {len(column)} entries, counts has {len(whole)} rows")
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        repeated = np.flatnonzero(keys[1:] == keys[:-1])
        if repeated.size:
            raise ValueError(f"comparison {keys[repeated[0]]!s} comes twice")
        ordered_prompts = None if prompts is None else prompts[order]
        return cls(names, keys, whole[order], ordered_prompts, None)

    @property
    def annotators(self) -> Keys | None:
        """Sorted distinct keys, or None where they are not known."""
        return None if self.rows is None else self.rows.annotators

    @property
    def n_judgements(self) -> int:
        return int(self.counts.sum())


def _column(values: npt.ArrayLike, name: str) -> Keys:
    column = np.asarray(values)
    if column.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not {column.ndim}")
    if column.dtype == object and column.size and any(value is None for value in column):
        position = next(i for i, value in enumerate(column) if value is None)
        raise ValueError(f"{name}[{position}] is None")
    return column


def encode_keys(column: Keys) -> tuple[Keys, IntArray]:
    """The sorted distinct keys, and for each entry the position of its key among them."""
    keys, index = np.unique(column, return_inverse=True)
    return keys, index.astype(np.int64, copy=False)


def _encode_categories(
    labels: Keys, categories: Sequence[object] | None
) -> tuple[tuple[str, ...], IntArray]:
    if categories is None:
        observed, index = encode_keys(labels)
        return tuple(str(label) for label in observed), index
    names = tuple(str(category) for category in categories)
    if len(set(names)) != len(names):
        raise ValueError(f"categories repeat a name: {names}")
    if not labels.size:
        return names, np.zeros(0, dtype=np.int64)
    # the few distinct labels are compared as text, the many entries as what they are
    wanted = np.asarray(categories) if labels.dtype.kind in "iub" else np.asarray(names)
    if labels.dtype.kind not in "iubU":
        labels = labels.astype(str)
    order = np.argsort(wanted, kind="stable")
    place = np.searchsorted(wanted, labels, sorter=order)
    index = order[np.minimum(place, len(names) - 1)].astype(np.int64)
    unknown = np.flatnonzero(wanted[index] != labels)
    if unknown.size:
        row = unknown[0]
        raise ValueError(f"category[{row}] is {labels[row]!s}, not one of {', '.join(names)}")
    return names, index


def _sides(left_chosen: npt.ArrayLike) -> npt.NDArray[np.int8]:
    values = np.asarray(left_chosen)
    if values.dtype == object:
        values = np.array([NEITHER_SIDE if value is None else value for value in values])
    elif values.dtype.kind == "f":
        values = np.where(np.isnan(values), NEITHER_SIDE, values)
    unknown = np.flatnonzero(~np.isin(values, (NEITHER_SIDE, 0, 1)))
    if unknown.size:
        row = unknown[0]
        raise ValueError(f"left_chosen[{row}] is {values[row]!s}, not True, False or None")
    return values.astype(np.int8)


def _times(seconds: npt.ArrayLike) -> FloatArray:
    times = np.asarray(seconds, dtype=np.float64)
    negative = np.flatnonzero(times < 0)
    if negative.size:
        raise ValueError(f"seconds[{negative[0]}] is {times[negative[0]]}, below 0")
    return times


def prompt_of_each(comparisons: Keys, comparison: IntArray, prompt: Keys) -> Keys:
    """The prompt of each comparison; ValueError if entries disagree about one."""
    prompts = np.empty(len(comparisons), dtype=prompt.dtype)
    prompts[comparison] = prompt
    other = np.flatnonzero(prompts[comparison] != prompt)
    if other.size:
        row = other[0]
        raise ValueError(
            f"prompt[{row}] is {prompt[row]!s}, but comparison {comparisons[comparison[row]]!s} "
            f"also has prompt {prompts[comparison[row]]!s}"
        )
    return prompts


def _refuse_second_judgements(rows: JudgementRows, comparisons: Keys) -> None:
    same = (rows.comparison[1:] == rows.comparison[:-1]) & (
        rows.annotator[1:] == rows.annotator[:-1]
    )
    if same.any():
        row = int(np.argmax(same))
        raise ValueError(
            f"annotator {rows.annotators[rows.annotator[row]]!s} judged comparison "
            f"{comparisons[rows.comparison[row]]!s} twice"
        )
