"""The table of judgements that every agreement statistic reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from alignment_core.agreement.tables.columns import (
    NEITHER_SIDE,
    RECORDED,
    FloatArray,
    IntArray,
    Keys,
    SideArray,
    encode_keys,
    prompt_of_each,
    require_length,
    stable_order,
)
from alignment_core.agreement.tables.keys import (
    category_names,
    encode_categories,
    encode_column,
    key_column,
)
from alignment_core.agreement.tables.missing import as_numbers, without_mask
from alignment_core.agreement.tables.recordings import recorded_columns, repeat_column

__all__ = ["NEITHER_SIDE", "FloatArray", "IntArray", "JudgementRows", "JudgementTable", "Keys"]

_MOST_JUDGEMENTS = 2**53  # whole numbers above are no longer exact as floating-point numbers


@dataclass(frozen=True, eq=False)
class JudgementRows:
    """Who judged what, sorted by comparison and then annotator.

    annotators: sorted distinct keys, shape (n_annotators,); the other arrays have (n_rows,).
    comparison, annotator, category: positions in the table's lists.
    What may be recorded besides, each None if it never was:
    left_chosen: 1 left, 0 right, -1 neither (a tie, or not recorded).
    first_left: 1 where the comparison's first completion stood left, 0 right, -1 not recorded.
    seconds: time taken; words: length of what was to be read; strength: of the preference;
    length_difference: length of the chosen completion less that of the other, in any unit;
    time: when, in seconds since any fixed instant; order: a number that grows in the order of
    judging, where times are not known; form: number of what was asked, where that changed.
    All NaN where not recorded.
    """

    annotators: Keys
    comparison: IntArray
    annotator: IntArray
    category: IntArray
    left_chosen: SideArray | None = None
    first_left: SideArray | None = None
    seconds: FloatArray | None = None
    words: FloatArray | None = None
    strength: FloatArray | None = None
    length_difference: FloatArray | None = None
    time: FloatArray | None = None
    order: FloatArray | None = None
    form: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.comparison)

    def take(self, positions: npt.NDArray[Any]) -> JudgementRows:
        """The rows at these positions, or where a mask is true, in that order."""
        recorded = {name: getattr(self, name) for name in RECORDED}
        return JudgementRows(
            self.annotators,
            self.comparison[positions],
            self.annotator[positions],
            self.category[positions],
            **{name: None if c is None else c[positions] for name, c in recorded.items()},
        )

    def beside(self, other: JudgementRows) -> JudgementRows:
        """These rows and then others of the same table."""
        joined: dict[str, Any] = {}
        for name in ("comparison", "annotator", "category", *RECORDED):
            column = getattr(self, name)
            joined[name] = column
            if column is not None:
                joined[name] = np.concatenate([column, getattr(other, name)])
        return JudgementRows(self.annotators, **joined)


@dataclass(frozen=True, eq=False)
class JudgementTable:
    """Judgements as counts, and with their annotators where those are known; never changed.

    categories: names of the verdicts, one for each column of `counts`.
    comparisons: sorted distinct keys, shape (n_comparisons,).
    counts: judgements by comparison and category, shape (n_comparisons, n_categories).
    prompts: for each comparison the key of its prompt, which the bootstrap keeps together;
        None where every comparison stands alone.
    rows: the judgements with their annotators; None for a table of counts.
    repeats: judgements of a comparison that the annotator had judged before. They are counted
        nowhere, as they would count one opinion twice; `measure_repeats` and the annotator
        models read them. None where there are none.
    """

    categories: tuple[str, ...]
    comparisons: Keys
    counts: IntArray
    prompts: Keys | None
    rows: JudgementRows | None
    repeats: JudgementRows | None = None

    @classmethod
    def from_arrays(
        cls,
        comparison: npt.ArrayLike,
        annotator: npt.ArrayLike,
        category: npt.ArrayLike,
        *,
        categories: Sequence[object] | None = None,
        prompt: npt.ArrayLike | None = None,
        is_repeat: npt.ArrayLike | None = None,
        left_chosen: npt.ArrayLike | None = None,
        first_left: npt.ArrayLike | None = None,
        seconds: npt.ArrayLike | None = None,
        words: npt.ArrayLike | None = None,
        strength: npt.ArrayLike | None = None,
        length_difference: npt.ArrayLike | None = None,
        time: npt.ArrayLike | None = None,
        order: npt.ArrayLike | None = None,
        form: npt.ArrayLike | None = None,
    ) -> Self:
        """Build the table from one entry for each judgement.

        Args (arrays of one length; keys are integers or strings, integers are fastest):
            comparison, annotator: keys of the thing judged and of the judge.
            category: the verdict, as a name or a number; its name in the table is `str(category)`.
            categories: the order of the columns; needed for none, but fixes them where a
                category may be unobserved. Default: the observed ones, sorted.
            prompt: key of the comparison's prompt.
            is_repeat: True where the annotator had judged this comparison before.
            left_chosen, first_left: True, False or None (neither side, or unknown).
            seconds, words: at least 0. strength, length_difference, time, order (where times are
                not known: as the place in a file that was written on), form (which of several
                questionnaires): any finite number. None or NaN where unknown.
        Raises: ValueError naming the entry, if lengths differ, a category is not in `categories`,
            an annotator judged a comparison twice without `is_repeat`, a comparison has two
            prompts, or a recorded value is out of range.
        """
        comparison_keys, comparison_index = encode_column(comparison, "comparison")
        n = len(comparison_index)
        annotator_keys, annotator_index = encode_column(annotator, "annotator")
        names, category_index = encode_categories(category, categories)
        require_length("annotator", annotator_index, n)
        require_length("category", category_index, n)
        recorded = recorded_columns(
            {
                "left_chosen": left_chosen,
                "first_left": first_left,
                "seconds": seconds,
                "words": words,
                "strength": strength,
                "length_difference": length_difference,
                "time": time,
                "order": order,
                "form": form,
            },
            n,
        )
        prompts = None
        if prompt is not None:
            of_entries = encode_column(prompt, "prompt")
            require_length("prompt", of_entries[1], n)
            prompts = prompt_of_each(comparison_keys, comparison_index, of_entries)
        everything = JudgementRows(
            annotator_keys, comparison_index, annotator_index, category_index, **recorded
        )
        again = repeat_column(is_repeat, n)
        n_places = len(comparison_keys) * len(annotator_keys)
        places = stable_order(comparison_index * len(annotator_keys) + annotator_index, n_places)
        again = again[places]
        rows = everything.take(places[~again] if again.any() else places)
        repeats = everything.take(places[again]) if again.any() else None
        _refuse_second_judgements(rows, comparison_keys)
        shape = len(comparison_keys), len(names)
        counts = np.bincount(
            rows.comparison * len(names) + rows.category, minlength=shape[0] * shape[1]
        ).reshape(shape)
        return cls(names, comparison_keys, counts.astype(np.int64), prompts, rows, repeats)

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
        whole = _whole_counts(counts, 0 if categories is None else len(categories))
        names = category_names(range(whole.shape[1]) if categories is None else categories)
        if len(names) != whole.shape[1]:
            raise ValueError(f"{whole.shape[1]} columns need as many distinct names, not {names}")
        given = (
            np.arange(len(whole)) if comparison is None else key_column(comparison, "comparison")
        )
        prompts = None if prompt is None else key_column(prompt, "prompt")
        for name, column in {"comparison": given, "prompt": prompts}.items():
            if column is not None and len(column) != len(whole):
                raise ValueError(f"{name} has {len(column)} entries, counts has {len(whole)} rows")
        keys, index = encode_keys(given)
        repeated = np.flatnonzero(np.bincount(index) > 1)
        if repeated.size:
            raise ValueError(f"comparison {keys[repeated[0]]!s} comes twice")
        if prompts is not None:
            prompts = prompt_of_each(keys, index, encode_keys(prompts))
        return cls(names, keys, whole[np.argsort(index)], prompts, None)

    @property
    def annotators(self) -> Keys | None:
        """Sorted distinct keys, or None where they are not known."""
        return None if self.rows is None else self.rows.annotators

    @property
    def n_judgements(self) -> int:
        return int(self.counts.sum())


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


def _whole_counts(counts: npt.ArrayLike, n_categories: int) -> IntArray:
    """Counts as whole numbers, (n_comparisons, n_categories); sums of them are exact."""
    given = np.asarray(without_mask(counts))
    if given.size == 0:
        return np.zeros((0, n_categories), dtype=np.int64)
    if given.ndim != 2:
        raise ValueError(f"counts must have two dimensions, not {given.ndim}")
    if given.dtype.kind not in "iufO":
        raise ValueError(f"counts must be numbers, not {given.dtype}")
    matrix = as_numbers(given, "counts")
    bad = np.argwhere(~(np.isfinite(matrix) & (matrix >= 0) & (np.floor(matrix) == matrix)))
    if len(bad):
        row, column = bad[0]
        raise ValueError(
            f"counts[{row}, {column}] is {given[row, column]}, not a whole number from 0"
        )
    if matrix.sum() > _MOST_JUDGEMENTS:
        row, column = np.unravel_index(matrix.argmax(), matrix.shape)
        raise ValueError(
            f"counts[{row}, {column}] is {given[row, column]}, too large to be counted"
        )
    return matrix.astype(np.int64)
