"""A bonus for entropy in the loss, so that a policy does not stop trying things too early."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from alignment_core.configs.policy_gradient import PolicyGradientConfig
from alignment_core.evaluation.metrics import Totals
from alignment_core.losses.entropy_controller import (
    acting_entropy_coefficient,
    next_entropy_coefficient,
)

STATE = "entropy/state"  # in checkpoints: the coefficient, and the last rollout's entropy


class EntropyBonus:
    """c times the mean entropy of an update's tokens, taken from its loss.

    With a target, c is steered after each rollout, and acts only while entropy is at most the
    target; the first rollout only measures. TRL steers after each optimizer step.
    """

    def __init__(self, config: PolicyGradientConfig, saved: Mapping[str, Tensor]) -> None:
        self.config = config
        self.is_on = config.entropy_coefficient > 0 or config.entropy_target > 0
        self.coefficient, self.entropy = config.entropy_coefficient, math.inf
        if STATE in saved:
            self.coefficient, self.entropy = saved[STATE].tolist()
        self._weight = 0.0

    @property
    def acting(self) -> float:
        """The coefficient of the rollout that is learnt from."""
        return acting_entropy_coefficient(
            self.coefficient, entropy=self.entropy, target=self.config.entropy_target
        )

    def begin(self, *, divisor: float, n_tokens: float) -> None:
        """See an update: what its loss is divided by, and how many tokens it has."""
        self._weight = self.acting * divisor / n_tokens

    def loss(self, entropy: Tensor) -> Tensor:
        """What these tokens add to the sum of the update's loss; a scalar."""
        return -self._weight * entropy.sum()

    def steer(self, totals: Totals) -> None:
        """After a rollout; every process must call it."""
        totals.keep_latest("entropy_coefficient", self.acting)
        entropy = totals.over_ranks().means().get("entropy")
        if entropy is None or self.config.entropy_target == 0:
            return
        self.entropy = entropy
        self.coefficient = next_entropy_coefficient(
            self.coefficient,
            entropy=entropy,
            target=self.config.entropy_target,
            step=self.config.entropy_step,
        )

    def tensors(self) -> dict[str, Tensor]:
        """What a checkpoint must hold of it."""
        if self.config.entropy_target == 0:
            return {}
        return {STATE: torch.tensor([self.coefficient, self.entropy], dtype=torch.float64)}
