"""How the votes on a pair are read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class VoteRule:
    """How votes become targets, and which outcomes can be learnt from."""

    soft_labels: bool = False
    vote_prior: float = 0.5
    keeps_ties: bool = False
    keeps_both_bad: bool = False
