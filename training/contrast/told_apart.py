"""Which of them prefers what people preferred more often, and which cannot be told apart.

Two are compared on the held-out pairs that both were measured on. With several of them there are
many pairs of two, so each interval is made wider (Bonferroni): all of them hold together at 95 %,
whichever two somebody looks at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from alignment_core.agreement.figures.paired import FEWEST_SHARED, compare_shared
from training.contrast.compared import Compared
from training.lineage.prompts_held_out import HeldOut
from training.models import Evaluation
from training.reports.same_pairs import are_scored_alike, prompt_of_pair, wins_by_pair

LEVEL = 0.95  # of all intervals together


@dataclass(frozen=True, kw_only=True)
class Two:
    """Two of them. Without `shared`, nothing can be said."""

    first: Compared
    second: Compared
    is_known: bool  # whether evaluations of both say which pairs they are of
    is_seen: bool  # whether one was trained on prompts that they were measured on
    is_scored_alike: bool
    shared: Mapping[str, Any] | None  # as `compare_shared`

    @property
    def is_apart(self) -> bool:
        return self.shared is not None and not self.shared["low"] <= 0 <= self.shared["high"]

    @property
    def better(self) -> Compared | None:
        """The one that does better than chance explains; None where they are not told apart."""
        if self.shared is None or not self.is_apart:
            return None
        return self.first if self.shared["difference"] > 0 else self.second


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One of several among the others, by their letters with spaces between."""

    row: Compared
    better_than: str
    like: str
    worse_than: str


@dataclass(frozen=True, kw_only=True)
class _Both:
    """The evaluations of two that say most of them."""

    first: Evaluation
    second: Evaluation
    n_shared: int
    is_held_out: bool  # from all that led to the two of them

    @property
    def is_alike(self) -> bool:
        return are_scored_alike(self.first, self.second)

    @property
    def is_enough(self) -> bool:
        return self.n_shared >= FEWEST_SHARED

    @property
    def says_something(self) -> bool:
        return self.is_held_out and self.is_enough


def told_apart(rows: Sequence[Compared]) -> list[Two]:
    """Every two of them, in their order."""
    wins = {one.pk: wins_by_pair(one) for row in rows for one in row.evaluations}
    behind = [HeldOut.by(row.checkpoint) if row.checkpoint else HeldOut() for row in rows]
    held_out = {id(row): held for row, held in zip(rows, behind, strict=True)}
    twos = [
        (first, second, _best(first, second, wins, held_out))
        for first, second in combinations(rows, 2)
    ]
    n_intervals = sum(both is not None and both.says_something for *_two, both in twos)
    level = 1 - (1 - LEVEL) / max(1, n_intervals)
    return [_two(first, second, both, wins, level) for first, second, both in twos]


def standings(rows: Sequence[Compared], twos: Sequence[Two]) -> list[Standing]:
    """Of each, which of those that it was measured with it can be told apart from."""
    return [_standing(row, [two for two in twos if row in (two.first, two.second)]) for row in rows]


def _standing(row: Compared, twos: Sequence[Two]) -> Standing:
    letters: dict[str, list[str]] = {"better": [], "like": [], "worse": []}
    for two in twos:
        if two.shared is None:
            continue
        other = two.second if row is two.first else two.first
        how = "like" if two.better is None else "better" if two.better is row else "worse"
        letters[how].append(other.letter)
    return Standing(
        row=row,
        better_than=" ".join(letters["better"]),
        like=" ".join(letters["like"]),
        worse_than=" ".join(letters["worse"]),
    )


def _best(
    first: Compared,
    second: Compared,
    wins: Mapping[int, Mapping[str, float]],
    held_out: Mapping[int, HeldOut],
) -> _Both | None:
    """Those on prompts that neither learnt from, then scored in the same way, then with most pairs
    in common, then the newest.
    """
    known = [[one for one in row.evaluations if wins[one.pk]] for row in (first, second)]
    behind = [held_out[id(row)] for row in (first, second)]
    both = [
        _Both(
            first=one,
            second=other,
            n_shared=len(wins[one.pk].keys() & wins[other.pk].keys()),
            is_held_out=all(
                held.covers(measured.snapshot) for held in behind for measured in (one, other)
            ),
        )
        for one, other in product(*known)
    ]
    return max(both, key=_say, default=None)


def _say(two: _Both) -> tuple[bool, bool, int]:
    """How much they say of the two."""
    return two.is_held_out, two.is_enough and two.is_alike, two.n_shared


def _two(
    first: Compared,
    second: Compared,
    both: _Both | None,
    wins: Mapping[int, Mapping[str, float]],
    level: float,
) -> Two:
    shared = None
    if both is not None and both.is_held_out:
        shared = compare_shared(
            wins[both.first.pk], wins[both.second.pk], cluster_of=prompt_of_pair, level=level
        )
    return Two(
        first=first,
        second=second,
        is_known=both is not None,
        is_seen=both is not None and both.is_enough and not both.is_held_out,
        is_scored_alike=both is None or both.is_alike,
        shared=shared,
    )
