"""Which models wrote the answers that were compared, and who met whom by whose judgement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alignment_core.agreement.tables.columns import FloatArray, IntArray
from alignment_core.agreement.tables.table import JudgementTable

MOST_MODELS = 100  # rated at once: work and answer grow with their square

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Origins:
    """Who wrote the two answers of each comparison of a table, in the table's order.

    names: of the models. first, second: positions in them, -1 where nobody knows,
    (n_comparisons,). length_difference: of the first answer less the second, in any unit,
    (n_comparisons,), or None.
    """

    names: Sequence[str]
    first: IntArray
    second: IntArray
    length_difference: FloatArray | None = None

    def __post_init__(self) -> None:
        for side, place in (("first", self.first), ("second", self.second)):
            bad = np.flatnonzero((place < -1) | (place >= len(self.names)))
            if bad.size:
                raise ValueError(f"{side}[{bad[0]}] is {place[bad[0]]}, which names no model")


@dataclass(frozen=True, eq=False)
class Meetings:
    """Judgements that set two known models side by side, one entry each.

    comparison: position in the table. score: 1 the first won, 0 the second did, 0.5 a tie.
    left_out: how many judgements are not among them, by why.
    """

    comparison: IntArray
    first: IntArray
    second: IntArray
    score: FloatArray
    left_out: dict[str, int]

    @property
    def models(self) -> IntArray:
        """Positions of the models that met another, in ascending order."""
        return np.unique(np.concatenate([self.first, self.second]))


def meetings_of(table: JudgementTable, origins: Origins, verdicts: Sequence[str]) -> Meetings:
    """The judgements between the models that were judged most; verdicts: first, second, tie.

    Raises: ValueError if the origins are not those of as many comparisons.
    """
    for place in (origins.first, origins.second):
        if len(place) != len(table.comparisons):
            raise ValueError(f"{len(table.comparisons)} comparisons, but origins of {len(place)}")
    comparison, category = _entries(table)
    first, second = origins.first[comparison], origins.second[comparison]
    score = np.full(len(table.categories), np.nan)
    for name, value in zip(verdicts, (1.0, 0.0, 0.5), strict=True):
        if name in table.categories:
            score[table.categories.index(name)] = value
    is_unknown = (first < 0) | (second < 0)
    is_alone = ~is_unknown & (first == second)
    is_other = ~is_unknown & ~is_alone & np.isnan(score[category])
    kept = ~is_unknown & ~is_alone & ~is_other
    is_rare = kept & ~_between_common(first, second, kept)
    left_out = {
        "unknown_model": int(is_unknown.sum()),
        "same_model": int(is_alone.sum()),
        "other_verdict": int(is_other.sum()),
        "rarer_model": int(is_rare.sum()),
    }
    kept &= ~is_rare
    return Meetings(comparison[kept], first[kept], second[kept], score[category][kept], left_out)


def _entries(table: JudgementTable) -> tuple[IntArray, IntArray]:
    """Comparison and category of each judgement, who gave it left aside."""
    cell = np.repeat(np.arange(table.counts.size), table.counts.ravel())
    comparison, category = np.divmod(cell, max(len(table.categories), 1))
    return comparison, category


def _between_common(first: IntArray, second: IntArray, kept: Mask) -> Mask:
    """Whether both models are among the MOST_MODELS that were judged most."""
    counted = Counter(first[kept].tolist())
    counted.update(second[kept].tolist())
    common = [model for model, _n in counted.most_common(MOST_MODELS)]
    found: Mask = np.isin(first, common) & np.isin(second, common)
    return found
