"""Proximal Policy Optimization of a language model (Ziegler et al. 2019, arXiv:1909.08593).

Each token is an action. Its reward is -c times its estimated KL from the reference; the answer's
score comes with its last token, and after that token the value is 0. A value model, trained beside
the policy, predicts the rewards to come; Generalized Advantage Estimation (Schulman et al. 2016)
turns both into advantages, which are whitened over the whole rollout. Policy and values then learn
from the rollout by clipped losses (Schulman et al. 2017, arXiv:1707.06347).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import PreTrainedModel

from alignment_core.configs import PPOConfig
from alignment_core.data.tokenization import TokenizedExample
from alignment_core.evaluation.metrics import Totals
from alignment_core.losses.advantages import generalized_advantages, whiten
from alignment_core.losses.kl_controller import next_kl_coefficient
from alignment_core.losses.policy_gradient import (
    clipped_surrogate,
    clipped_value_loss,
    kl_penalty,
)
from alignment_core.models.loading import digest_of_base
from alignment_core.sampling.rollout import TokenValues
from alignment_core.trainers.clipped_methods import ClippedTrainer
from alignment_core.trainers.objective import Companion, TrainingContext
from alignment_core.trainers.value_model import load_value_model, value_source, value_tensors

VALUE = "value"
COEFFICIENT = "kl/coefficient"  # in checkpoints


class PPOObjective(ClippedTrainer[PPOConfig]):
    """What the loop needs to train a policy and its values on rollouts."""

    def __init__(self, context: TrainingContext[PPOConfig]) -> None:
        super().__init__(context)
        saved = self.saved_tensors()
        weights = {
            name.removeprefix(f"{VALUE}/"): tensor
            for name, tensor in saved.items()
            if name.startswith(f"{VALUE}/")
        }
        source = value_source(context)
        self.value_model = load_value_model(context, source, weights)
        is_of_base = source == context.base
        self.value_forward = context.forward(
            self.value_model, None if is_of_base else digest_of_base(source)
        )
        self.companions = {VALUE: Companion(self.value_model, context.config.value_learning_rate)}
        self.kl_coefficient = float(saved.get(COEFFICIENT, context.config.kl_coefficient))
        self.old: TokenValues
        self.old_values: TokenValues
        self.advantages: TokenValues
        self.returns: TokenValues

    def prepare_rollout(self, totals: Totals) -> None:
        """Rewards of the tokens, and from them and the values advantages and returns."""
        config, rollout = self.context.config, self.rollout
        self.old = self.log_probs(self.forward)
        self.weigh_sampler(self.old, totals)
        reference = self.reference_log_probs()
        self.old_values = self.measure_tokens(self.value_forward, self._values, rollout)
        scores = self.rewards(rollout)
        token_rewards = {}
        for row, old in self.old.by_sample.items():
            kl = kl_penalty(old, reference.by_sample[row], estimator=config.kl_estimator)
            token_rewards[row] = -self.kl_coefficient * kl
            totals.add("objective/kl", (old - reference.by_sample[row]).double().sum(), 1)
            totals.add("objective/entropy", -old.double().sum(), 1)
            totals.add("objective/non_score_reward", token_rewards[row].double().sum(), 1)
            token_rewards[row][-1] += scores[row].to(old)  # with the end of turn, never after it
            totals.add("objective/rlhf_reward", token_rewards[row].double().sum(), 1)
        totals.add_each("objective/scores", scores)
        totals.keep_latest("objective/kl_coef", self.kl_coefficient)
        rewards = TokenValues(token_rewards)
        if config.whiten_rewards:
            rewards = rewards.map(lambda values: whiten(values, shift_mean=False))
        estimates = {
            row: generalized_advantages(
                values, self.old_values.by_sample[row], gamma=config.gamma, lam=config.gae_lambda
            )
            for row, values in rewards.by_sample.items()
        }
        self.returns = TokenValues({row: one.returns for row, one in estimates.items()})
        advantages = TokenValues({row: one.advantage for row, one in estimates.items()})
        self.advantages = advantages.map(whiten)
        self._steer(reference, n_sequences=rollout.n_samples)

    def _steer(self, reference: TokenValues, *, n_sequences: int) -> None:
        """Move the coefficient of the next rollout towards the target, where there is one."""
        config = self.context.config
        if config.kl_target > 0:
            log_ratio = (self.old.flat() - reference.flat()).double()
            self.kl_coefficient = next_kl_coefficient(
                self.kl_coefficient,
                kl=float(log_ratio.sum()) / n_sequences,
                target=config.kl_target,
                n_sequences=n_sequences,
                horizon=config.kl_horizon,
            )

    def divisor(self, indices: Sequence[int]) -> float:
        """Sampled tokens."""
        return self.rollout.count_tokens(indices)

    def loss(self, indices: Sequence[int], totals: Totals) -> Tensor:
        """Policy loss and weighted value loss, summed over tokens."""
        config, device = self.context.config, self.context.device
        rows = self.rollout.rows(indices)
        examples = [self.rollout.examples[index] for index in indices]
        tokens = self.token_scores(indices)
        old = self.old.of_rows(rows, device)
        surrogate = clipped_surrogate(
            tokens.log_prob,
            old,
            self.advantages.of_rows(rows, device),
            clip_low=config.clip_range,
            clip_high=config.highest_clip,
            dual_clip=config.dual_clip or None,
        )
        values = clipped_value_loss(
            self._values(examples),
            self.old_values.of_rows(rows, device),
            self.returns.of_rows(rows, device),
            clip=config.value_clip,
        )
        clipped = surrogate.is_clipped_low | surrogate.is_clipped_high
        moved = (tokens.log_prob.detach() - old).double()
        totals.add_each("loss/policy_avg", surrogate.loss)
        totals.add_each("loss/value_avg", values.loss)
        totals.add_each("policy/clipfrac_avg", clipped.double())
        totals.add_each("policy/approxkl_avg", 0.5 * moved.square())
        totals.add_each("policy/entropy_avg", tokens.entropy)
        totals.add_each("entropy", tokens.entropy)
        totals.add_each("val/clipfrac_avg", values.is_clipped.double())
        totals.add_each("val/ratio", surrogate.ratio)
        loss = (
            self.weighed(surrogate.loss, indices).sum()
            + config.value_coefficient * values.loss.sum()
        )
        return self.with_bonus(loss, tokens)

    def checkpoint_tensors(self) -> dict[str, Tensor]:
        """The value model, and the coefficient that is steered."""
        weights = value_tensors(self.value_model)
        return {
            **super().checkpoint_tensors(),
            COEFFICIENT: torch.tensor(self.kl_coefficient, dtype=torch.float64),
            **{f"{VALUE}/{name}": tensor for name, tensor in weights.items()},
        }

    def _values(self, examples: Sequence[TokenizedExample]) -> Tensor:
        """The value before each sampled token, float32 at least, shape (tokens,)."""
        return values_of(self.value_model, self.value_forward.completion_hidden(examples))


def values_of(value_model: PreTrainedModel, hidden: Tensor) -> Tensor:
    """The value model's head over hidden states, shape (tokens, width) to (tokens,)."""
    head = value_model.get_submodule("score")
    # As with rewards: values of half precision have steps that hide small differences.
    with torch.autocast(hidden.device.type, enabled=False):
        values: Tensor = head(hidden.to(next(head.parameters()).dtype)).squeeze(-1)
    return values
