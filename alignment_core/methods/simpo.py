"""SimPO (Meng et al. 2024, arXiv:2405.14734): preference without a reference.

The reward is β times the mean log-prob of a completion's tokens, so a long completion is worth no
more for its length, and chosen should win by γ. Averaged over the pairs of an optimizer step. Only
the policy is in memory.
"""

from __future__ import annotations

from collections.abc import Sequence

from alignment_core.configs import SimPOConfig
from alignment_core.evaluation.metrics import Totals
from alignment_core.losses.preference import simpo_loss
from alignment_core.trainers.objective import TrainingContext
from alignment_core.trainers.pairs import (
    TRAIN,
    PairLosses,
    PairPolicy,
    Split,
    add_policy_metrics,
    mean_log_probs,
)
from alignment_core.trainers.votes import curriculum_of, targets_of, weights_of


class SimPOObjective(PairPolicy[SimPOConfig]):
    """What the loop needs to train a policy on pairs alone."""

    def __init__(self, context: TrainingContext[SimPOConfig]) -> None:
        super().__init__(context)
        self.weights = weights_of(context.config, context.train)

    def curriculum(self) -> list[int] | None:
        """The order of the first epoch."""
        return curriculum_of(self.context.config, self.context.train)

    def pair_losses(self, split: Split, indices: Sequence[int], totals: Totals) -> PairLosses:
        """The loss of each pair."""
        config, device = self.context.config, self.context.device
        scores = self.scores(split, indices)
        targets = targets_of(split.records, indices, device)
        means = mean_log_probs(scores)
        losses = simpo_loss(
            means,
            beta=config.beta,
            gamma=config.gamma,
            p_chosen=targets.p_chosen.to(means.chosen.dtype),
        )
        if self.weights is not None and split.name == TRAIN:
            losses = losses * self.weights[list(indices)].to(device)
        margin = (means.chosen - means.rejected).detach()
        add_policy_metrics(
            totals,
            scores=scores,
            rewards=(config.beta * means.chosen, config.beta * means.rejected),
            margin=margin,
            is_decided=targets.is_decided,
        )
        return PairLosses(losses, margin)
