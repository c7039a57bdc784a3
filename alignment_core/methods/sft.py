"""Supervised fine-tuning: imitate the chosen completions.

The loss is the negative log-likelihood of the completion's tokens, its end of turn included,
averaged over all such tokens of an optimizer step; the prompt is read, not learnt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from alignment_core.configs import SFTConfig
from alignment_core.data.preparation import PreparedRecords
from alignment_core.evaluation import HeldOutResult
from alignment_core.evaluation.metrics import Totals
from alignment_core.forward.log_probs import CompletionScores
from alignment_core.losses.sft import sft_loss
from alignment_core.trainers.measuring import margins_of, measure_records
from alignment_core.trainers.modules import policy_to_train
from alignment_core.trainers.objective import TrainingContext


class SFTObjective:
    """What the loop needs to fine-tune a policy on chosen completions."""

    def __init__(self, context: TrainingContext[SFTConfig]) -> None:
        self.context = context
        self.module = policy_to_train(context)
        self.forward = context.forward(self.module)

    def prepare(self) -> None:
        """All that is needed is loaded already."""

    def begin_step(self, step: int, indices: Sequence[int]) -> None:
        """Nothing belongs to the whole step."""

    def divisor(self, indices: Sequence[int]) -> float:
        """Completion tokens of the step."""
        examples = self.context.train.examples
        return sum(len(examples[index].completions[0]) for index in indices)

    def loss(self, indices: Sequence[int], totals: Totals) -> Tensor:
        """Negative log-likelihood summed over these completions."""
        scores = self._scores(self.context.train, indices)
        n_tokens = float(scores.n_tokens.sum())
        totals.add("mean_token_accuracy", scores.n_correct.sum(), n_tokens)
        return sft_loss(scores.log_prob).sum()

    def curriculum(self) -> list[int] | None:
        """The order is random."""
        return None

    @torch.no_grad()
    def measure(self) -> HeldOutResult | None:
        """Loss a token on held-out chosen completions, and which side of pairs is likelier."""
        held_out = self.context.held_out
        if held_out is None or len(held_out) == 0:
            return None

        def measure(group: list[int], totals: Totals) -> Tensor:
            scores = self._scores(held_out, group)
            n_chosen = float(scores.n_tokens[: len(group)].sum())
            totals.add("loss", sft_loss(scores.log_prob[: len(group)]).sum(), n_chosen)
            totals.add("mean_token_accuracy", scores.n_correct[: len(group)].sum(), n_chosen)
            return margins_of(
                scores.log_prob / scores.n_tokens, [held_out.examples[index] for index in group]
            )

        totals, margins = measure_records(self.context, held_out, measure)
        return HeldOutResult(metrics=totals.means(), margins=margins, scored_by="log-prob a token")

    def checkpoint_tensors(self) -> dict[str, Tensor]:
        """Nothing beyond weights and optimizer."""
        return {}

    def scored_pairs(self) -> list[dict[str, Any]] | None:
        """A policy is sampled instead."""
        return None

    def _scores(self, split: PreparedRecords, indices: Sequence[int]) -> CompletionScores:
        return self.forward.completions([split.examples[index] for index in indices])
