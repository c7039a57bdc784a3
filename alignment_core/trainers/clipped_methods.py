"""What PPO, RLOO and GRPO share beyond rollouts: the bonus for entropy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TypeVar

from torch import Tensor

from alignment_core.configs.policy_gradient import PolicyGradientConfig
from alignment_core.evaluation.metrics import Totals
from alignment_core.forward.log_probs import TokenScores
from alignment_core.trainers.entropy_bonus import EntropyBonus
from alignment_core.trainers.objective import Update
from alignment_core.trainers.rollouts import RolloutTrainer

Config = TypeVar("Config", bound=PolicyGradientConfig)


class ClippedTrainer(RolloutTrainer[Config]):
    """Updates a policy by clipped surrogates of the tokens, or answers, that it sampled."""

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
