"""ORPO (Hong et al. 2024, arXiv:2403.07691): fine-tuning and preference in one, without reference.

The loss is the negative log-likelihood of the chosen completions, averaged over all their tokens
of an optimizer step, plus λ times -log σ of the log odds ratio of chosen and rejected, averaged
over its pairs. TRL imitates the prompt as well; here, as in fine-tuning, it is read, not learnt.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from alignment_core.configs import ORPOConfig
from alignment_core.evaluation.metrics import Totals
from alignment_core.forward.log_probs import CompletionScores, PairLogProbs
from alignment_core.losses.margins import sigmoid_loss
from alignment_core.losses.reference_free import log_odds_ratio
from alignment_core.trainers.pairs import mean_log_probs
from alignment_core.trainers.without_reference import UnreferencedPairPolicy


class ORPOObjective(UnreferencedPairPolicy[ORPOConfig]):
    """What the loop needs to fine-tune a policy on chosen completions, away from rejected ones."""

    imitation = "completion_nll_loss"

    def log_probs(self, scores: CompletionScores) -> PairLogProbs:
        """Means over tokens."""
        return mean_log_probs(scores)

    def preference_losses(self, log_probs: PairLogProbs, p_chosen: Tensor) -> Tensor:
        """λ times the odds of each pair, without the imitation beside it."""
        odds = sigmoid_loss(log_odds_ratio(log_probs), p_chosen=p_chosen)
        return self.context.config.odds_weight * odds

    def add_figures(self, totals: Totals, log_probs: PairLogProbs) -> None:
        """The odds by themselves, and what the loss makes of them."""
        log_odds = log_odds_ratio(log_probs)
        totals.add_each("log_odds_chosen", log_odds)
        totals.add_each("log_odds_ratio", F.logsigmoid(log_odds))
