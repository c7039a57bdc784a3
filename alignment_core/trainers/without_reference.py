"""What the methods have in common that compare the two completions of a pair by themselves."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TypeVar

from torch import Tensor

from alignment_core.configs.unreferenced import ORPOConfig, UnreferencedConfig
from alignment_core.evaluation.metrics import Totals
from alignment_core.forward.log_probs import CompletionScores, PairLogProbs
from alignment_core.trainers.objective import TrainingContext
from alignment_core.trainers.pair_figures import (
    add_completions,
    add_log_probs,
    add_rewards,
    add_sequence_log_probs,
)
from alignment_core.trainers.pairs import TRAIN, ChosenTokens, PairLosses, PairPolicy, Split
from alignment_core.trainers.votes import curriculum_of, targets_of, weights_of

Config = TypeVar("Config", bound=UnreferencedConfig | ORPOConfig)


class UnreferencedPairPolicy(PairPolicy[Config]):
    """A policy on pairs whose rewards are β times its own log-probs."""

    imitation = "nll_loss"  # the name of its figure

    def __init__(self, context: TrainingContext[Config]) -> None:
        super().__init__(context)
        self.weights = weights_of(context.config, context.train)
        self.chosen_tokens = ChosenTokens()

    @abstractmethod
    def log_probs(self, scores: CompletionScores) -> PairLogProbs:
        """The log-probs that are compared, in nats, each of shape (pairs,)."""

    @abstractmethod
    def preference_losses(self, log_probs: PairLogProbs, p_chosen: Tensor) -> Tensor:
        """The loss of each pair, shape (pairs,), without the imitation beside it."""

    def add_figures(self, totals: Totals, log_probs: PairLogProbs) -> None:
        """Nothing beyond what all of them measure."""

    def curriculum(self) -> list[int] | None:
        """The order of the first epoch."""
        return curriculum_of(self.context.config, self.context.train)

    def begin(self, split: Split, indices: Sequence[int]) -> None:
        """Count the tokens that imitation is averaged over."""
        self.chosen_tokens.begin(split, indices)

    def pair_losses(self, split: Split, indices: Sequence[int], totals: Totals) -> PairLosses:
        """The loss of each pair, with imitation of chosen where it is asked for."""
        config, device = self.context.config, self.context.device
        scores = self.scores(split, indices)
        targets = targets_of(split.records, indices, device)
        log_probs = self.log_probs(scores)
        losses = self.preference_losses(log_probs, targets.p_chosen.to(log_probs.chosen.dtype))
        if self.weights is not None and split.name == TRAIN:
            losses = losses * self.weights[list(indices)].to(device)
        if config.nll_weight > 0:
            imitation = self.chosen_tokens.losses(
                scores, targets.is_decided, totals, name=self.imitation
            )
            losses = losses + config.nll_weight * imitation
        margin = (log_probs.chosen - log_probs.rejected).detach()
        rewards = (config.beta * log_probs.chosen, config.beta * log_probs.rejected)
        add_rewards(totals, rewards, targets.is_decided, margin=margin)
        self.add_figures(totals, log_probs)
        add_log_probs(totals, log_probs)
        add_sequence_log_probs(totals, scores)
        add_completions(totals, scores, logits="completion_logits")
        return PairLosses(losses, margin)
