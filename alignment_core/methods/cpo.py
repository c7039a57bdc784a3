"""Contrastive Preference Optimization (Xu et al. 2024, arXiv:2401.08417).

DPO's loss with a reference that prefers nothing, so that none is needed, plus imitation of the
chosen completions, averaged over all their tokens of an optimizer step. Only the policy is in
memory.
"""

from __future__ import annotations

from torch import Tensor

from alignment_core.configs import CPOConfig
from alignment_core.forward.log_probs import CompletionScores, PairLogProbs
from alignment_core.losses.reference_free import cpo_loss
from alignment_core.trainers.without_reference import UnreferencedPairPolicy


class CPOObjective(UnreferencedPairPolicy[CPOConfig]):
    """What the loop needs to train a policy on whole completions without a reference."""

    scored_by = "log-prob"

    def log_probs(self, scores: CompletionScores) -> PairLogProbs:
        """Sums over tokens."""
        return scores.sides()

    def preference_losses(self, log_probs: PairLogProbs, p_chosen: Tensor) -> Tensor:
        """CPO of each pair, without the imitation beside it."""
        return cpo_loss(log_probs, beta=self.context.config.beta, p_chosen=p_chosen)
