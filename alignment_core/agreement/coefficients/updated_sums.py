"""Judgements that come and go: sums kept up to date, without starting again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any, Self

import numpy as np

from alignment_core.agreement.coefficients.coefficients import Coefficient
from alignment_core.agreement.figures.sums import Moments, comparison_sums
from alignment_core.agreement.tables.columns import RECORDED
from alignment_core.agreement.tables.keys import category_names, key_column
from alignment_core.agreement.tables.recordings import recorded_columns
from alignment_core.agreement.tables.table import JudgementTable

_NAMED = ("comparison", "annotator", "category", "prompt")


class RunningTable:
    """A table that judgements are added to and withdrawn from, each in constant time.

    It counts how many comparisons show each pattern of verdicts. Those counts are whole numbers,
    so a value after any history equals that of a table built afresh, to the last bit.
    """

    def __init__(self, categories: Sequence[object]) -> None:
        self.categories = category_names(categories)
        self._place = {name: place for place, name in enumerate(self.categories)}
        self._judgements: dict[tuple[Hashable, Hashable], dict[str, Any]] = {}
        self._counts: dict[Hashable, tuple[int, ...]] = {}
        self._patterns: Counter[tuple[int, ...]] = Counter()
        self._kinds: dict[str, Any] = {}  # of each column of keys, one that is of its kind

    def __len__(self) -> int:
        """How many judgements it holds."""
        return len(self._judgements)

    def add(
        self, comparison: Hashable, annotator: Hashable, category: object, **recorded: Any
    ) -> Self:
        """Add a judgement; `recorded` are further columns of `JudgementTable.from_arrays`.

        Raises: ValueError if the annotator has judged the comparison, the category or a column is
            unknown, or a key or a value is not as `from_arrays` wants it. Nothing is changed then.
        """
        (name,) = category_names([category])
        if name not in self._place:
            raise ValueError(f"category is {name}, not one of {', '.join(self.categories)}")
        keys = {"comparison": comparison, "annotator": annotator}
        keys |= {name: key for name, key in recorded.items() if name == "prompt"}
        for column, key in keys.items():  # neither missing, nor of another kind than before
            key_column([self._kinds.get(column, key), key], column)
        recorded_columns({column: [value] for column, value in recorded.items()}, 1)
        if (comparison, annotator) in self._judgements:
            raise ValueError(f"annotator {annotator!s} judged comparison {comparison!s} twice")
        unknown = recorded.keys() - {"prompt", *RECORDED}
        if unknown:
            raise ValueError(f"{sorted(unknown)[0]} is no column of a table of judgements")
        self._kinds |= keys
        self._judgements[comparison, annotator] = {"category": name, **recorded}
        self._move(comparison, name, by=1)
        return self

    def withdraw(self, comparison: Hashable, annotator: Hashable) -> Self:
        """Take a judgement back. Raises: ValueError if there is none."""
        judgement = self._judgements.pop((comparison, annotator), None)
        if judgement is None:
            raise ValueError(f"annotator {annotator!s} has no judgement of {comparison!s}")
        self._move(comparison, judgement["category"], by=-1)
        return self

    def merge(self, other: RunningTable) -> Self:
        """Add all of another's judgements, of another shard or site. Raises: as `add`."""
        for (comparison, annotator), judgement in other._judgements.items():
            recorded = {name: value for name, value in judgement.items() if name != "category"}
            self.add(comparison, annotator, judgement["category"], **recorded)
        return self

    def value(self, coefficient: Coefficient) -> float | None:
        """A coefficient as of now, None where undefined; the cost does not grow with the table."""
        patterns = np.array(list(self._patterns), dtype=np.int64).reshape(-1, len(self.categories))
        frequencies = np.array(list(self._patterns.values()), dtype=np.float64)
        n_observed = int((patterns.sum(axis=0) > 0).sum())
        value = float(coefficient(Moments(frequencies @ comparison_sums(patterns), n_observed)))
        return value if np.isfinite(value) else None

    def to_table(self) -> JudgementTable:
        """The judgements held now, as the table that figures with intervals are made of."""
        columns: dict[str, list[Any]] = {name: [] for name in ("comparison", "annotator")}
        present = {name for judgement in self._judgements.values() for name in judgement}
        columns |= {name: [] for name in (*_NAMED[2:], *RECORDED) if name in present}
        for (comparison, annotator), judgement in self._judgements.items():
            columns["comparison"].append(comparison)
            columns["annotator"].append(annotator)
            for name in present:
                columns[name].append(judgement.get(name))
        categories = columns.pop("category", [])
        comparisons, annotators = columns.pop("comparison"), columns.pop("annotator")
        return JudgementTable.from_arrays(
            comparisons, annotators, categories, categories=self.categories, **columns
        )

    def _move(self, comparison: Hashable, name: str, *, by: int) -> None:
        before = self._counts.get(comparison, (0,) * len(self.categories))
        after = list(before)
        after[self._place[name]] += by
        self._counts[comparison] = tuple(after)
        for pattern, change in ((before, -1), (tuple(after), 1)):
            if any(pattern):
                self._patterns[pattern] += change
                if not self._patterns[pattern]:
                    del self._patterns[pattern]
