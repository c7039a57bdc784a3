"""Online DPO (Guo et al. 2024, arXiv:2402.04792).

The policy answers each prompt several times, the reward picks the best and the worst of the
answers, and these are a pair for the loss of DPO (Rafailov et al. 2023). A prompt whose answers
earn the same, or are the same, makes no pair.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from alignment_core.configs import OnlineDPOConfig
from alignment_core.data.tokenization import TokenizedExample
from alignment_core.evaluation.metrics import Totals, wins
from alignment_core.forward.log_probs import PairLogProbs
from alignment_core.losses.preference import dpo_loss, implied_rewards
from alignment_core.rewards.scoring import Scores
from alignment_core.sampling.rollout import Rollout, TokenValues
from alignment_core.trainers.objective import TrainingContext
from alignment_core.trainers.rollouts import RolloutTrainer


class OnlineDPOObjective(RolloutTrainer[OnlineDPOConfig]):
    """What the loop needs to train a policy on pairs of its own samples."""

    def __init__(self, context: TrainingContext[OnlineDPOConfig]) -> None:
        super().__init__(context)
        self.of_reference: TokenValues

    def select(self, sampled: Rollout) -> Rollout:
        """The best and the worst answer of each prompt, where they differ."""
        rewards = self.rewards(sampled)
        pairs: dict[int, tuple[int, int]] = {}
        for prompt, (best, worst) in enumerate(
            zip(rewards.argmax(1).tolist(), rewards.argmin(1).tolist(), strict=True)
        ):
            ids = sampled.examples[prompt].completions
            if rewards[prompt, best] > rewards[prompt, worst] and ids[best] != ids[worst]:
                pairs[prompt] = (best, worst)
        # Where no prompt makes a pair the list is empty, and must still have two columns.
        sides = torch.tensor(list(pairs.values()), dtype=torch.long).reshape(-1, 2)
        prompts = list(pairs)
        return Rollout(
            examples=[
                TokenizedExample(one.id, one.prompt_ids, tuple(one.completions[i] for i in places))
                for one, places in ((sampled.examples[i], pairs[i]) for i in prompts)
            ],
            answers=[[sampled.answers[i][place] for place in pairs[i]] for i in prompts],
            scores=Scores(sampled.scores.total[prompts].gather(1, sides), {}),
        )

    def prepare_rollout(self, totals: Totals) -> None:
        """The reference's log-probs of the pairs."""
        self.of_reference = self.reference_log_probs()
        margins = self.rollout.scores.total[:, 0] - self.rollout.scores.total[:, 1]
        totals.add_each("objective/scores_margin", margins)

    def divisor(self, indices: Sequence[int]) -> float:
        """Pairs."""
        return len(indices)

    def loss(self, indices: Sequence[int], totals: Totals) -> Tensor:
        """The loss of DPO summed over these pairs."""
        config, device = self.context.config, self.context.device
        tokens = self.forward.completion_tokens(
            [self.rollout.examples[index] for index in indices], temperature=config.temperature
        )
        reference = self.of_reference.of_rows(self.rollout.rows(indices), device)
        policy_sides = PairLogProbs(*tokens.per_row(tokens.log_prob).chunk(2))
        reference_sides = PairLogProbs(*tokens.per_row(reference).chunk(2))
        rewards = implied_rewards(policy_sides, reference_sides, beta=config.beta)
        margins = (rewards.chosen - rewards.rejected).detach()
        totals.add_each("rewards/chosen", rewards.chosen)
        totals.add_each("rewards/rejected", rewards.rejected)
        totals.add_each("rewards/margins", margins)
        totals.add_each("rewards/accuracies", wins(margins / config.beta))
        totals.add_each("logps/chosen", policy_sides.chosen)
        totals.add_each("logps/rejected", policy_sides.rejected)
        totals.add_each("entropy", tokens.entropy)
        losses = dpo_loss(
            policy_sides,
            reference_sides,
            beta=config.beta,
            label_smoothing=config.label_smoothing,
        )
        return losses.sum()
