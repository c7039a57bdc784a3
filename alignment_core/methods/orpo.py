"""ORPO (Hong et al. 2024, arXiv:2403.07691): fine-tuning and preference in one, without reference.

The loss is the negative log-likelihood of the chosen completions, averaged over all their tokens
of an optimizer step, plus λ times -log σ of the log odds ratio of chosen and rejected, averaged
over its pairs. TRL imitates the prompt as well; here, as in fine-tuning, it is read, not learnt.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch.nn import functional as F

from alignment_core.configs import ORPOConfig
from alignment_core.evaluation.metrics import Totals
from alignment_core.losses.margins import sigmoid_loss
from alignment_core.losses.reference_free import log_odds_ratio
from alignment_core.trainers.objective import TrainingContext
from alignment_core.trainers.pair_figures import (
    add_completions,
    add_log_probs,
    add_rewards,
    add_sequence_log_probs,
)
from alignment_core.trainers.pairs import (
    TRAIN,
    ChosenTokens,
    PairLosses,
    PairPolicy,
    Split,
    mean_log_probs,
)
from alignment_core.trainers.votes import curriculum_of, targets_of, weights_of


class ORPOObjective(PairPolicy[ORPOConfig]):
    """What the loop needs to fine-tune a policy on chosen completions, away from rejected ones."""

    def __init__(self, context: TrainingContext[ORPOConfig]) -> None:
        super().__init__(context)
        self.weights = weights_of(context.config, context.train)
        self.chosen_tokens = ChosenTokens()

    def curriculum(self) -> list[int] | None:
        """The order of the first epoch."""
        return curriculum_of(self.context.config, self.context.train)

    def begin(self, split: Split, indices: Sequence[int]) -> None:
        """Count the tokens that imitation is averaged over."""
        self.chosen_tokens.begin(split, indices)

    def pair_losses(self, split: Split, indices: Sequence[int], totals: Totals) -> PairLosses:
        """Imitation of chosen and the odds of each pair."""
        config, device = self.context.config, self.context.device
        scores = self.scores(split, indices)
        targets = targets_of(split.records, indices, device)
        means = mean_log_probs(scores)
        log_odds = log_odds_ratio(means)
        odds_losses = sigmoid_loss(log_odds, p_chosen=targets.p_chosen.to(log_odds.dtype))
        if self.weights is not None and split.name == TRAIN:
            odds_losses = odds_losses * self.weights[list(indices)].to(device)
        imitation = self.chosen_tokens.losses(
            scores, targets.is_decided, totals, name="completion_nll_loss"
        )
        totals.add_each("log_odds_chosen", log_odds)
        totals.add_each("log_odds_ratio", F.logsigmoid(log_odds))
        rewards = (config.odds_weight * means.chosen, config.odds_weight * means.rejected)
        add_rewards(totals, rewards, targets.is_decided, beta=config.odds_weight)
        add_log_probs(totals, means)
        add_sequence_log_probs(totals, scores)
        add_completions(totals, scores, logits="completion_logits")
        margin = (means.chosen - means.rejected).detach()
        return PairLosses(imitation + config.odds_weight * odds_losses, margin)
