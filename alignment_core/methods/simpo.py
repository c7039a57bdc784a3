"""SimPO (Meng et al. 2024, arXiv:2405.14734): preference without a reference.

The reward is β times the mean log-prob of a completion's tokens, so a long completion is worth no
more for its length, and chosen should win by γ. Averaged over the pairs of an optimizer step. Only
the policy is in memory. With imitation of the chosen completions beside it, it is CPO-SimPO.
"""

from __future__ import annotations

from torch import Tensor

from alignment_core.configs import SimPOConfig
from alignment_core.forward.log_probs import CompletionScores, PairLogProbs
from alignment_core.losses.reference_free import simpo_loss
from alignment_core.trainers.pairs import mean_log_probs
from alignment_core.trainers.without_reference import UnreferencedPairPolicy


class SimPOObjective(UnreferencedPairPolicy[SimPOConfig]):
    """What the loop needs to train a policy on means over tokens."""

    def log_probs(self, scores: CompletionScores) -> PairLogProbs:
        """Means over tokens."""
        return mean_log_probs(scores)

    def preference_losses(self, log_probs: PairLogProbs, p_chosen: Tensor) -> Tensor:
        """SimPO of each pair."""
        config = self.context.config
        return simpo_loss(log_probs, beta=config.beta, gamma=config.gamma, p_chosen=p_chosen)
