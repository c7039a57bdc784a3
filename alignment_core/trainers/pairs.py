"""What the methods have in common that train a policy on pairs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import torch
from torch import Tensor

from alignment_core.configs import TrainingConfig
from alignment_core.data.preparation import PreparedRecords
from alignment_core.evaluation import HeldOutResult
from alignment_core.evaluation.metrics import Totals
from alignment_core.forward.log_probs import CompletionScores, PairLogProbs
from alignment_core.trainers.measuring import measure_records
from alignment_core.trainers.modules import policy_to_train
from alignment_core.trainers.objective import TrainingContext

Config = TypeVar("Config", bound=TrainingConfig)

SIDES = ("chosen", "rejected")
TRAIN, HELD_OUT = "train", "eval"  # the names of the splits


class Split(NamedTuple):
    """Records that are learnt from, or held out."""

    name: str
    records: PreparedRecords


class PairLosses(NamedTuple):
    """What a method makes of some pairs; each of shape (pairs,)."""

    loss: Tensor  # with gradient; a step divides its sum by the step's pairs
    margin: Tensor  # how far chosen is ahead, in nats, no gradient


class PairPolicy(ABC, Generic[Config]):
    """What the loop needs to train a policy on pairs; a method adds its loss."""

    scored_by = "log-prob a token"

    def __init__(self, context: TrainingContext[Config]) -> None:
        self.context = context
        self.module = policy_to_train(context)
        self.forward = context.forward(self.module)
        self.train = Split(TRAIN, context.train)

    @abstractmethod
    def pair_losses(self, split: Split, indices: Sequence[int], totals: Totals) -> PairLosses:
        """The losses of these pairs, with measurements added to totals."""

    def prepare(self) -> None:
        """Nothing stays as it is: a policy by itself has no reference."""

    def begin(self, split: Split, indices: Sequence[int]) -> None:
        """See all pairs of a step, or of the held-out records, before the first is scored."""

    def begin_step(self, step: int, indices: Sequence[int]) -> None:
        """See all pairs of the step."""
        self.begin(self.train, indices)

    def size(self, split: Split, indices: Sequence[int]) -> float:
        """What the summed loss of these is divided by: their number."""
        return len(indices)

    def divisor(self, indices: Sequence[int]) -> float:
        """The size of the step."""
        return self.size(self.train, indices)

    def loss(self, indices: Sequence[int], totals: Totals) -> Tensor:
        """The loss summed over these pairs."""
        return self.pair_losses(self.train, indices, totals).loss.sum()

    def curriculum(self) -> list[int] | None:
        """The order is random."""
        return None

    @torch.no_grad()
    def measure(self) -> HeldOutResult | None:
        """The same figures on held-out pairs."""
        held_out = self.context.held_out
        if held_out is None or len(held_out) == 0:
            return None
        split = Split(HELD_OUT, held_out)
        self.begin(split, range(len(held_out)))

        def measure(group: list[int], totals: Totals) -> Tensor:
            losses = self.pair_losses(split, group, totals)
            totals.add("loss", losses.loss.sum(), self.size(split, group))
            return losses.margin

        totals, margins = measure_records(self.context, held_out, measure)
        return HeldOutResult(
            metrics=totals.means() | self.distance(held_out),
            margins=margins,
            scored_by=self.scored_by,
        )

    def distance(self, held_out: PreparedRecords) -> dict[str, float]:
        """How far the policy has moved, where there is a reference to tell."""
        return {}

    def checkpoint_tensors(self) -> dict[str, Tensor]:
        """Nothing beyond weights and optimizer."""
        return {}

    def scored_pairs(self) -> list[dict[str, Any]] | None:
        """A policy is sampled instead."""
        return None

    def scores(self, split: Split, indices: Sequence[int]) -> CompletionScores:
        """What the policy says about both sides of these pairs."""
        return self.forward.completions([split.records.examples[index] for index in indices])


def mean_log_probs(scores: CompletionScores) -> PairLogProbs:
    """Log-probs of both sides as means over completion tokens, in nats, shape (pairs,)."""
    chosen, rejected = (scores.log_prob / scores.n_tokens).chunk(2)
    return PairLogProbs(chosen, rejected)


class ChosenTokens:
    """The divisor of a loss over chosen tokens, in a step whose other losses divide by pairs.

    Ties have no chosen completion to imitate, so they are left out.
    """

    def __init__(self) -> None:
        self._pairs_per_token = 0.0

    def begin(self, split: Split, indices: Sequence[int]) -> None:
        """Count the pairs and the chosen tokens of the whole step."""
        n_tokens = sum(
            len(split.records.examples[index].completions[0])
            for index in indices
            if split.records.targets[index].is_decided
        )
        self._pairs_per_token = len(indices) / n_tokens if n_tokens else 0.0

    def losses(
        self,
        scores: CompletionScores,
        is_decided: Tensor,
        totals: Totals,
        *,
        name: str = "nll_loss",
    ) -> Tensor:
        """Negative log-likelihood of each chosen completion, shape (pairs,).

        Scaled so that a sum over the step, divided by its pairs, is the mean over its tokens.

        Args:
            name: of its figure.
        """
        nll = -scores.log_prob.chunk(2)[0] * is_decided
        n_tokens = scores.n_tokens.chunk(2)[0] * is_decided
        totals.add(name, nll.detach().sum(), float(n_tokens.sum()))
        return nll * self._pairs_per_token
