"""Direct Preference Optimization (Rafailov et al. 2023, arXiv:2305.18290) and its family.

The reward that a policy implies is r = β (log π - log π_ref) of the whole completion, and the
margin d = r_chosen - r_rejected. DPO's loss is the negative log-likelihood of the preference under
σ(d), or of the votes under a model that knows ties, averaged over the pairs of an optimizer step.
Other losses of the family are other functions of the same rewards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor

from alignment_core.configs import DPOConfig
from alignment_core.data.curriculum import easy_to_hard
from alignment_core.evaluation.metrics import Totals
from alignment_core.forward.log_probs import PairLogProbs
from alignment_core.losses.margins import exo_pair_loss, hinge_loss, ipo_loss, robust_loss
from alignment_core.losses.preference import (
    PairRewards,
    apo_down_loss,
    apo_zero_loss,
    implied_rewards,
    nca_pair_loss,
    sppo_loss,
)
from alignment_core.trainers.objective import TrainingContext
from alignment_core.trainers.pair_figures import (
    add_completions,
    add_log_probs,
    add_rewards,
    add_sequence_log_probs,
)
from alignment_core.trainers.pairs import TRAIN, ChosenTokens, PairLosses, Split
from alignment_core.trainers.referenced import ReferencedPairPolicy
from alignment_core.trainers.votes import (
    PairTargets,
    VoteLikelihood,
    curriculum_of,
    targets_of,
    weights_of,
)

Loss = Callable[[PairRewards, PairTargets, DPOConfig, VoteLikelihood], Tensor]


class DPOObjective(ReferencedPairPolicy[DPOConfig]):
    """What the loop needs to train a policy against a reference."""

    def __init__(self, context: TrainingContext[DPOConfig]) -> None:
        super().__init__(context)
        config = context.config
        self.likelihood = VoteLikelihood(config, context.train)
        self.weights = weights_of(config, context.train)
        self.chosen_tokens = ChosenTokens()
        self.pair_loss = LOSSES[config.loss]
        if config.takes_means:
            self.scored_by = "log-ratio to the reference a token"

    @property
    def tail_weight(self) -> float:
        """Less than 1 keeps length from deciding (LD-DPO)."""
        return self.context.config.ld_alpha

    def begin(self, split: Split, indices: Sequence[int]) -> None:
        """Count the tokens that imitation is averaged over."""
        self.chosen_tokens.begin(split, indices)

    def curriculum(self) -> list[int] | None:
        """The order of the first epoch; the reference's own margins are known only here."""
        context = self.context
        if context.config.curriculum != "reference":
            return curriculum_of(context.config, context.train)
        chosen, rejected = self.reference_of(self.train, range(len(context.train)))
        difficulties = [
            float(rejected[place]) / len(example.completions[1])
            - float(chosen[place]) / len(example.completions[0])
            for place, example in enumerate(context.train.examples)
        ]
        return easy_to_hard(difficulties, seed=context.config.seed)

    def pair_losses(self, split: Split, indices: Sequence[int], totals: Totals) -> PairLosses:
        """The loss of each pair, with imitation of chosen where it is asked for."""
        config, device = self.context.config, self.context.device
        scores = self.scores(split, indices)
        targets = targets_of(split.records, indices, device)
        policy = PairLogProbs(*self.log_probs(scores).chunk(2))
        rewards = implied_rewards(policy, self.reference_of(split, indices), beta=config.beta)
        margin = _nats_ahead(rewards, config)
        add_rewards(totals, rewards, targets.is_decided, margin=margin)
        if config.takes_means:
            n_chosen, n_rejected = scores.n_tokens.chunk(2)
            rewards = PairRewards(rewards.chosen / n_chosen, rewards.rejected / n_rejected)
            margin = _nats_ahead(rewards, config)
            add_rewards(totals, rewards, targets.is_decided, margin=margin, name="mean_rewards")
        losses = self.pair_loss(rewards, targets, config, self.likelihood)
        if self.weights is not None and split.name == TRAIN:
            losses = losses * self.weights[list(indices)].to(device)
        if config.nll_weight > 0:
            imitation = self.chosen_tokens.losses(scores, targets.is_decided, totals)
            losses = losses + config.nll_weight * imitation
        self.likelihood.measure(totals)
        add_log_probs(totals, policy)
        if config.ld_alpha < 1:
            add_sequence_log_probs(totals, scores)
        add_completions(totals, scores)
        return PairLosses(losses, margin)


def _nats_ahead(rewards: PairRewards, config: DPOConfig) -> Tensor:
    return (rewards.chosen - rewards.rejected).detach() / config.beta


def _sigmoid(
    rewards: PairRewards, targets: PairTargets, config: DPOConfig, likelihood: VoteLikelihood
) -> Tensor:
    margin = rewards.chosen - rewards.rejected
    return likelihood.loss(margin, targets, label_smoothing=config.label_smoothing)


def _robust(
    rewards: PairRewards, targets: PairTargets, config: DPOConfig, likelihood: VoteLikelihood
) -> Tensor:
    margin = rewards.chosen - rewards.rejected
    p_chosen = targets.p_chosen.to(margin.dtype)
    return robust_loss(margin, p_chosen=p_chosen, label_smoothing=config.label_smoothing)


def _ipo(
    rewards: PairRewards, targets: PairTargets, config: DPOConfig, likelihood: VoteLikelihood
) -> Tensor:
    log_ratio_margin = (rewards.chosen - rewards.rejected) / config.beta
    p_chosen = targets.p_chosen.to(log_ratio_margin.dtype)
    return ipo_loss(log_ratio_margin, tau=config.beta, p_chosen=p_chosen)


def _hinge(
    rewards: PairRewards, targets: PairTargets, config: DPOConfig, likelihood: VoteLikelihood
) -> Tensor:
    return hinge_loss(likelihood.offset(rewards.chosen - rewards.rejected, targets))


def _apo_zero(
    rewards: PairRewards, targets: PairTargets, config: DPOConfig, likelihood: VoteLikelihood
) -> Tensor:
    return apo_zero_loss(rewards)


def _apo_down(
    rewards: PairRewards, targets: PairTargets, config: DPOConfig, likelihood: VoteLikelihood
) -> Tensor:
    return apo_down_loss(rewards)


def _exo_pair(
    rewards: PairRewards, targets: PairTargets, config: DPOConfig, likelihood: VoteLikelihood
) -> Tensor:
    margin = rewards.chosen - rewards.rejected
    p_chosen = targets.p_chosen.to(margin.dtype)
    return exo_pair_loss(margin, p_chosen=p_chosen, label_smoothing=config.label_smoothing)


def _nca_pair(
    rewards: PairRewards, targets: PairTargets, config: DPOConfig, likelihood: VoteLikelihood
) -> Tensor:
    return nca_pair_loss(rewards, p_chosen=targets.p_chosen.to(rewards.chosen.dtype))


def _sppo(
    rewards: PairRewards, targets: PairTargets, config: DPOConfig, likelihood: VoteLikelihood
) -> Tensor:
    p_chosen = targets.p_chosen.to(rewards.chosen.dtype)
    return sppo_loss(rewards, beta=config.beta, p_chosen=p_chosen)


LOSSES: dict[str, Loss] = {
    "sigmoid": _sigmoid,
    "sigmoid_norm": _sigmoid,  # of means over tokens, which the config sees to
    "robust": _robust,
    "ipo": _ipo,
    "hinge": _hinge,
    "apo_zero": _apo_zero,
    "apo_down": _apo_down,
    "exo_pair": _exo_pair,
    "nca_pair": _nca_pair,
    "sppo": _sppo,
}
