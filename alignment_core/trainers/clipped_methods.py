"""What PPO, RLOO and GRPO share beyond rollouts: weights of the sampler, a bonus for entropy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TypeVar

import torch
from torch import Tensor

from alignment_core.configs.policy_gradient import PolicyGradientConfig
from alignment_core.evaluation.metrics import Totals
from alignment_core.forward.log_probs import TokenScores
from alignment_core.losses.importance import sampler_weights
from alignment_core.sampling.rollout import TokenValues
from alignment_core.trainers.entropy_bonus import EntropyBonus
from alignment_core.trainers.objective import Update
from alignment_core.trainers.rollouts import RolloutTrainer

Config = TypeVar("Config", bound=PolicyGradientConfig)


class ClippedTrainer(RolloutTrainer[Config]):
    """Updates a policy by clipped surrogates of the tokens, or answers, that it sampled."""

    weights: TokenValues | None = None  # of the rollout's tokens, where the sampler is weighed

    @property
    def keeps_log_probs(self) -> bool:
        """Where they are compared with the trainer's."""
        return self.context.config.importance_correction != "none"

    @property
    def needs_old_log_probs(self) -> bool:
        """What the sampler said is compared with them, too."""
        return super().needs_old_log_probs or self.keeps_log_probs

    def weigh_sampler(self, own: TokenValues | None, totals: Totals) -> None:
        """Find what each token of the rollout counts, from the trainer's own log-probs of it."""
        if own is None or not self.keeps_log_probs:
            return
        config, by_sample = self.context.config, {}
        for (prompt, sample), log_prob in own.by_sample.items():
            sampled = torch.tensor(self.rollout.answers[prompt][sample].log_probs).to(log_prob)
            weights = sampler_weights(
                log_prob,
                sampled,
                [len(log_prob)],
                way=config.importance_correction,
                highest=config.importance_highest,
                lowest=config.importance_lowest,
            )
            by_sample[prompt, sample] = weights
            _log_sampler(totals, (log_prob - sampled).abs(), weights[: self._n_weights(weights)])
        self.weights = TokenValues(by_sample)

    def _n_weights(self, weights: Tensor) -> int:
        """A sequence has one weight, which stands at each of its tokens."""
        is_of_tokens = self.context.config.importance_correction.startswith("token")
        return len(weights) if is_of_tokens else 1

    def weighed(self, losses: Tensor, indices: Sequence[int]) -> Tensor:
        """Losses of tokens, times what each counts."""
        if self.weights is None:
            return losses
        rows = self.rollout.rows(indices)
        return losses * self.weights.of_rows(rows, losses.device).to(losses.dtype)

    @cached_property
    def entropy_bonus(self) -> EntropyBonus:
        """The bonus; its state is that of the checkpoint which is resumed."""
        config = self.context.config
        return EntropyBonus(config, self.saved_tensors() if config.entropy_target > 0 else {})

    def updates(self, step: int, totals: Totals) -> Iterator[Update]:
        """Those of a rollout; then the bonus is steered."""
        yield from super().updates(step, totals)
        if self.entropy_bonus.is_on:
            self.entropy_bonus.steer(totals)

    def begin_step(self, step: int, indices: Sequence[int]) -> None:
        """See all prompts of an update."""
        super().begin_step(step, indices)
        n_tokens = self.rollout.count_tokens(indices)
        self.entropy_bonus.begin(divisor=self.divisor(indices), n_tokens=n_tokens)

    def token_scores(self, indices: Sequence[int]) -> TokenScores:
        """What the policy says of every sampled token of these prompts."""
        examples = [self.rollout.examples[index] for index in indices]
        temperature = self.context.config.temperature
        if not self.entropy_bonus.is_on:
            return self.forward.completion_tokens(examples, temperature=temperature)
        return self.forward.completion_tokens(
            examples, temperature=temperature, entropy_gradient=True
        )

    def with_bonus(self, loss: Tensor, tokens: TokenScores) -> Tensor:
        """The summed loss of these tokens, less what their entropy is worth."""
        return loss + self.entropy_bonus.loss(tokens.entropy) if self.entropy_bonus.is_on else loss

    def checkpoint_tensors(self) -> dict[str, Tensor]:
        """The coefficient that is steered."""
        return {**super().checkpoint_tensors(), **self.entropy_bonus.tensors()}


def _log_sampler(totals: Totals, differences: Tensor, weights: Tensor) -> None:
    """How far the sampler is from the trainer, by the names that TRL gives it."""
    totals.add_each("sampling/sampling_logp_difference/mean", differences)
    totals.keep_highest("sampling/sampling_logp_difference/max", differences)
    totals.add_each("sampling/importance_sampling_ratio/mean", weights)
    totals.keep_lowest("sampling/importance_sampling_ratio/min", weights)
    totals.keep_highest("sampling/importance_sampling_ratio/max", weights)
