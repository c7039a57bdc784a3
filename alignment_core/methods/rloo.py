"""REINFORCE leave-one-out (Ahmadian et al. 2024, arXiv:2402.14740).

A whole answer is one action. Its reward is its score less c times its estimated KL from the
reference, its baseline the mean reward of the other answers to the same prompt, so no value model
is needed and the gradient is unbiased. Where a rollout is learnt from more than once, the ratio of
the answers' probabilities is clipped as in PPO.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from alignment_core.configs import RLOOConfig
from alignment_core.evaluation.metrics import Totals
from alignment_core.losses.advantages import leave_one_out_advantages
from alignment_core.losses.policy_gradient import clipped_surrogate, kl_penalty
from alignment_core.methods.grpo import log_clipping
from alignment_core.sampling.rollout import TokenValues
from alignment_core.trainers.clipped_methods import ClippedTrainer
from alignment_core.trainers.objective import TrainingContext


class RLOOObjective(ClippedTrainer[RLOOConfig]):
    """What the loop needs to train a policy on whole answers."""

    def __init__(self, context: TrainingContext[RLOOConfig]) -> None:
        super().__init__(context)
        self.advantages: Tensor
        self.old: TokenValues | None = None

    def prepare_rollout(self, totals: Totals) -> None:
        """Rewards of the answers, the KL among them, and their advantages."""
        config, rewards = self.context.config, self.rewards(self.rollout)
        needs_kl = config.kl_coefficient > 0
        own = self.log_probs(self.forward) if needs_kl or self.needs_old_log_probs else None
        if own is not None and needs_kl:
            reference = self.reference_log_probs()
            penalties = torch.zeros_like(rewards)
            for row, log_probs in own.by_sample.items():
                kl = kl_penalty(log_probs, reference.by_sample[row], estimator=config.kl_estimator)
                penalties[row] = config.kl_coefficient * kl.double().sum()
                totals.add("objective/kl", (log_probs - reference.by_sample[row]).double().sum(), 1)
            totals.add_each("objective/non_score_reward", -penalties)
            rewards = rewards - penalties
        totals.add_each("objective/rlhf_reward", rewards)
        self.old = own if self.needs_old_log_probs else None
        self.weigh_sampler(own, totals)
        self.advantages = leave_one_out_advantages(rewards)

    def divisor(self, indices: Sequence[int]) -> float:
        """Answers."""
        return float(self.rollout.n_tokens[list(indices)].numel())

    def loss(self, indices: Sequence[int], totals: Totals) -> Tensor:
        """The clipped surrogate summed over answers."""
        config, rollout, device = self.context.config, self.rollout, self.context.device
        tokens = self.token_scores(indices)
        log_prob = tokens.per_row(tokens.log_prob)
        # In the first update the ratio to itself is 1, and its gradient that of the log-prob.
        old = log_prob.detach()
        if self.old is not None:
            old = tokens.per_row(self.old.of_rows(rollout.rows(indices), device))
        surrogate = clipped_surrogate(
            log_prob,
            old,
            rollout.per_row(self.advantages, indices).to(log_prob),
            clip_low=config.clip_range,
            clip_high=config.highest_clip,
            dual_clip=config.dual_clip or None,
        )
        log_clipping(surrogate, totals)
        totals.add_each("entropy", tokens.entropy)
        # A whole answer is one action: its loss stands at each of its tokens, shared out.
        sizes = tokens.n_tokens.long()
        losses = (surrogate.loss / sizes).repeat_interleave(sizes)
        return self.with_bonus(self.weighed(losses, indices).sum(), tokens)
