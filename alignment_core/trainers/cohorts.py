"""Votes by cohort, ready for the heads that learn them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from alignment_core.data.preparation import PreparedRecords
from alignment_core.data.targets import PairTarget, cohort_targets
from alignment_core.trainers.votes import PairTargets, stack_targets


class CohortVotes(NamedTuple):
    """The votes of cohorts on some pairs, one entry for each cohort that voted on a pair."""

    rows: Tensor  # which of the pairs, int64, shape (entries,)
    cohorts: Tensor  # which cohort, int64, shape (entries,)
    shares: Tensor  # of the pair's votes that are this cohort's, shape (entries,)
    targets: PairTargets  # shape (entries,)


def cohorts_of(split: PreparedRecords) -> tuple[str, ...]:
    """Every cohort that compared the two completions of some record, by name."""
    return tuple(
        sorted(
            {name for record in split.records for name in cohort_targets(record, vote_prior=0.0)}
        )
    )


def cohort_votes(
    split: PreparedRecords,
    indices: Sequence[int],
    *,
    cohorts: Sequence[str],
    vote_prior: float,
    device: torch.device,
) -> CohortVotes:
    """The votes of known cohorts on these examples; others', such as of held-out records, are left
    out."""
    numbers = {name: number for number, name in enumerate(cohorts)}
    rows: list[int] = []
    of: list[int] = []
    shares: list[float] = []
    targets: list[PairTarget] = []
    for row, index in enumerate(indices):
        found = cohort_targets(split.records[index], vote_prior=vote_prior)
        for name, (target, share) in found.items():
            if name in numbers:
                rows.append(row)
                of.append(numbers[name])
                shares.append(share)
                targets.append(target)
    return CohortVotes(
        rows=torch.tensor(rows, dtype=torch.long, device=device),
        cohorts=torch.tensor(of, dtype=torch.long, device=device),
        shares=torch.tensor(shares, dtype=torch.float32, device=device),
        targets=stack_targets(targets, device),
    )
