"""Blind votes on the answers of two contestants each, in the order in which they came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alignment_core.agreement.ratings.matches import Matches
from alignment_core.agreement.tables.columns import FloatArray, IntArray

FIRST, SECOND, TIE, BOTH_BAD = range(4)
_SCORES = np.array([1.0, 0.0, 0.5])


@dataclass(frozen=True, eq=False)
class Ballots:
    """One entry for each vote, in the order in which they came.

    names: of the contestants. first, second: positions in them. verdict: FIRST, SECOND, TIE or
    BOTH_BAD. prompt, annotator: positions of what is alike. covariates: of the first answer less
    the second, (n, k), as covariate_names calls them.
    """

    names: Sequence[str]
    first: IntArray
    second: IntArray
    verdict: IntArray
    prompt: IntArray
    annotator: IntArray
    covariates: FloatArray
    covariate_names: Sequence[str] = ()

    def __post_init__(self) -> None:
        n = len(self.first)
        for name in ("second", "verdict", "prompt", "annotator", "covariates"):
            if len(getattr(self, name)) != n:
                raise ValueError(f"{name} has {len(getattr(self, name))} entries, first has {n}")
        for name, most in (
            ("first", len(self.names)),
            ("second", len(self.names)),
            ("verdict", BOTH_BAD + 1),
        ):
            values = getattr(self, name)
            bad = np.flatnonzero((values < 0) | (values >= most))
            if bad.size:
                raise ValueError(f"{name}[{bad[0]}] is {values[bad[0]]}, not from 0 to {most - 1}")
        itself = np.flatnonzero(self.first == self.second)
        if itself.size:
            raise ValueError(f"entry {itself[0]}: {self.names[self.first[itself[0]]]} meets itself")
        if self.covariates.shape[1:] != (len(self.covariate_names),):
            raise ValueError(f"covariates are {self.covariates.shape}, of {self.covariate_names}")

    def take(self, rows: IntArray) -> Ballots:
        """Some of the votes, by position, of the same contestants."""
        return Ballots(
            self.names,
            self.first[rows],
            self.second[rows],
            self.verdict[rows],
            self.prompt[rows],
            self.annotator[rows],
            self.covariates[rows],
            self.covariate_names,
        )

    def matches(self, covariates: Sequence[int] = ()) -> Matches:
        """The votes that say who is better, or that neither is."""
        rows = np.flatnonzero(self.verdict != BOTH_BAD)
        return Matches.from_arrays(
            self.first[rows],
            self.second[rows],
            _SCORES[self.verdict[rows]],
            prompt=self.prompt[rows],
            annotator=self.annotator[rows],
            covariate=self.covariates[rows][:, list(covariates)],
        )

    def meeting(self, one: int, other: int) -> IntArray:
        """Positions of the votes on these two."""
        by_one = (self.first == one) & (self.second == other)
        by_other = (self.first == other) & (self.second == one)
        return np.flatnonzero(by_one | by_other)

    def seen_by(self, contestant: int, rows: IntArray) -> IntArray:
        """The verdicts of these votes as if that contestant were the first."""
        verdict = self.verdict[rows]
        turned = np.array([SECOND, FIRST, TIE, BOTH_BAD])[verdict]
        seen: IntArray = np.where(self.first[rows] == contestant, verdict, turned)
        return seen

    def first_decisive(self, one: int, other: int) -> npt.NDArray[np.bool_]:
        """Whether `one` won, by the first decisive vote of each prompt, in order.

        Further votes on a prompt are no evidence of their own on how other prompts would go.
        """
        own = self.meeting(one, other)
        seen = self.seen_by(one, own)
        decisive = np.flatnonzero((seen == FIRST) | (seen == SECOND))
        _prompts, earliest = np.unique(self.prompt[own][decisive], return_index=True)
        found: npt.NDArray[np.bool_] = seen[decisive[np.sort(earliest)]] == FIRST
        return found


def verdict_counts(seen: IntArray) -> dict[str, int]:
    """Wins, losses, ties and both bad, as `Ballots.seen_by` a contestant."""
    n = np.bincount(seen, minlength=4).tolist()
    return {"n_wins": n[0], "n_losses": n[1], "n_ties": n[2], "n_both_bad": n[3]}
