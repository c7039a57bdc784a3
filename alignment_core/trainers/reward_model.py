"""A reward model: score prompt and completion so that the difference predicts the preference.

The score is read at the last real token. With scores s, the probability that chosen is preferred
is σ(s_chosen - s_rejected) (Bradley & Terry 1952), and the loss its negative log-likelihood,
averaged over the pairs of an optimizer step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from alignment_core.configs import RewardModelConfig
from alignment_core.evaluation import HeldOutResult, stack_margins
from alignment_core.losses.reward_model import bradley_terry_loss
from alignment_core.metrics import Totals, wins
from alignment_core.preparation import PreparedRecords
from alignment_core.trainers.modules import reward_model_to_train
from alignment_core.trainers.objective import TrainingContext

SIDES = ("chosen", "rejected")


class RewardModelObjective:
    """What the loop needs to train a reward model on pairs."""

    def __init__(self, context: TrainingContext[RewardModelConfig]) -> None:
        self.context = context
        self.module = reward_model_to_train(context)
        self.forward = context.forward(self.module)
        tokenizer = context.tokenizer
        # Others find the last token by the padding's id. Where that is also the end of turn they
        # would read one token too early without a word, so then they are told of no padding.
        is_own = tokenizer.pad_token_id not in context.encoder.end_ids
        self.module.config.pad_token_id = tokenizer.pad_token_id if is_own else None

    def begin_step(self, step: int, indices: Sequence[int]) -> None:
        """Nothing belongs to the whole step."""

    def curriculum(self) -> list[int] | None:
        """The order is random."""
        return None

    def divisor(self, indices: Sequence[int]) -> float:
        """Pairs of the step."""
        return len(indices)

    def loss(self, indices: Sequence[int], totals: Totals) -> Tensor:
        """Negative log-likelihood summed over these pairs."""
        return self._loss(self.context.train, indices, totals)[0]

    @torch.no_grad()
    def measure(self) -> HeldOutResult | None:
        """The same figures on held-out pairs."""
        held_out = self.context.held_out
        if held_out is None or len(held_out) == 0:
            return None
        totals, parts = Totals(), []
        for group in self.context.groups(held_out):
            loss, margins = self._loss(held_out, group, totals)
            totals.add("loss", loss, len(group))
            parts.append((group, margins))
        return HeldOutResult(
            metrics=totals.means(),
            margins=stack_margins(parts, len(held_out)),
            scored_by="reward",
        )

    def checkpoint_tensors(self) -> dict[str, Tensor]:
        """Nothing beyond weights and optimizer."""
        return {}

    @torch.no_grad()
    def scored_pairs(self) -> list[dict[str, Any]]:
        """A few held-out pairs with their scores."""
        split = self.context.held_out or self.context.train
        indices = range(min(self.context.config.n_sample_prompts, len(split)))
        if not indices:
            return []
        scores = self._scores(split, indices).tolist()
        return [
            {
                "id": split.records[index].id,
                "prompt": list(split.records[index].prompt),
                "chosen": split.records[index].chosen,
                "rejected": split.records[index].rejected,
                "reward_chosen": scores[index],
                "reward_rejected": scores[len(indices) + index],
            }
            for index in indices
        ]

    def _scores(self, split: PreparedRecords, indices: Sequence[int]) -> Tensor:
        return self.forward.scores([split.examples[index] for index in indices])

    def _loss(
        self, split: PreparedRecords, indices: Sequence[int], totals: Totals
    ) -> tuple[Tensor, Tensor]:
        """The summed loss and the margins, shape (pairs,)."""
        scores = self._scores(split, indices)
        chosen, rejected = scores.chunk(2)
        targets = self.context.targets(split, indices)
        margins = (chosen - rejected).detach()
        totals.add_each("accuracy", wins(margins[targets != 0.5]))
        totals.add_each("margin", margins)
        totals.add_each("mean_reward", scores)
        totals.keep_lowest("min_reward", scores.detach())
        totals.keep_highest("max_reward", scores.detach())
        return bradley_terry_loss(chosen, rejected, p_chosen=targets).sum(), margins
