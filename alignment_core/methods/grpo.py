"""Group Relative Policy Optimization, with Dr. GRPO, DAPO, GSPO and CISPO as settings of it.

Shao et al. 2024 (arXiv:2402.03300) sample a group of answers to each prompt and take as advantage
how far a reward is above the group's mean, in units of the group's standard deviation. Dr. GRPO
(Liu et al. 2025, arXiv:2503.20783) leaves out that unit and the division by length, both of which
bias what is learnt. DAPO (Yu et al. 2025, arXiv:2503.14476) weighs every token of a step alike,
clips higher above than below, samples until enough prompts have answers of different rewards, and
punishes overlong answers little by little. GSPO (Zheng et al. 2025, arXiv:2507.18071) clips the
ratio of a whole answer instead of each token's, and CISPO (MiniMax 2025, arXiv:2506.13585) holds
the ratio as a weight, so that no token loses its gradient.

In the first update after sampling the ratio is 1, so the clip does nothing and the loss is about
0 by construction: look at reward, KL and entropy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from alignment_core.configs import GRPOConfig
from alignment_core.errors import SamplesRanDry
from alignment_core.evaluation.metrics import Totals
from alignment_core.forward.log_probs import TokenScores
from alignment_core.losses.advantages import group_advantages, overlong_penalty
from alignment_core.losses.policy_gradient import (
    ClippedSurrogate,
    cispo_surrogate,
    clipped_surrogate,
    kl_penalty,
    sequence_surrogate,
)
from alignment_core.sampling.rollout import Rollout, TokenValues
from alignment_core.trainers.clipped_methods import ClippedTrainer
from alignment_core.trainers.objective import TrainingContext

RUNNING = "sampling/running_std"  # in checkpoints
MEMORY = 0.9  # of the running standard deviation, from step to step
ROUNDING = 1e-6  # of rewards, relative to their size


class GRPOObjective(ClippedTrainer[GRPOConfig]):
    """What the loop needs to train a policy on groups of its samples."""

    def __init__(self, context: TrainingContext[GRPOConfig]) -> None:
        super().__init__(context)
        self.advantages: Tensor
        self.old: TokenValues | None = None
        self.of_reference: TokenValues | None = None
        self.running_std = float(self.saved_tensors().get(RUNNING, math.nan))
        self.next_running_std = self.running_std

    def sample(self, step: int, totals: Totals) -> Rollout:
        """The step's rollout; with dynamic sampling, of prompts that have something to teach.

        Where rounds or prompts run out before it is full, the prompts found so far are the rollout:
        losses are means over them, so the update is as large and only noisier.

        Raises: SamplesRanDry if no prompt was found.
        """
        config = self.context.config
        if not config.dynamic_sampling:
            return super().sample(step, totals)
        batch, waiting = self.prompts_of(step)
        n_wanted, n_sampled, kept = len(batch), 0, None
        running = self.running_std
        deviations: list[Tensor] = []
        for _ in range(config.max_sampling_rounds):
            settings = self._settings(config.temperature)
            rollout = self.sampling.rollout(self.context.train, batch, settings=settings, step=step)
            deviations.append(rollout.scores.total.std(1, correction=1))
            if math.isnan(running):  # the first rollout of a run judges itself
                running = float(deviations[0].mean())
            n_sampled += len(batch)
            taught = self._teaching(rollout, deviations[-1], running=running)
            if taught:
                part = rollout.only(taught)
                kept = part if kept is None else kept.joined(part)
            if not waiting or (kept is not None and len(kept.examples) >= n_wanted):
                break
            batch, waiting = waiting[: config.batch_size], waiting[config.batch_size :]
        mean = float(torch.cat(deviations).mean())
        self.next_running_std = MEMORY * running + (1 - MEMORY) * mean
        n_kept = 0 if kept is None else len(kept.examples)
        figures = {
            "sampling/sampled": n_sampled,
            "sampling/kept": n_kept,
            "sampling/filled": min(1.0, n_kept / n_wanted),
            RUNNING: running,
        }
        if kept is None:
            raise SamplesRanDry({name: float(value) for name, value in figures.items()})
        for name, value in figures.items():
            totals.add(name, value, 1)
        return kept.only(range(min(n_wanted, n_kept)))

    def _teaching(self, rollout: Rollout, deviations: Tensor, *, running: float) -> list[int]:
        """The prompts whose samples earn differently enough, by the raw rewards."""
        least = self.context.config.dynamic_threshold * running
        size = rollout.scores.total.abs().amax(1).clamp(min=1.0)
        differs = (deviations >= least) & (deviations > ROUNDING * size)
        return [int(place) for place in differs.nonzero().flatten()]

    def prepare_rollout(self, totals: Totals) -> None:
        """Advantages of the samples, and log-probs that the updates compare with."""
        config, rollout = self.context.config, self.rollout
        rewards = self.rewards(rollout)
        if config.n_overlong_tokens > 0:
            penalty = overlong_penalty(
                rollout.n_tokens, longest=config.max_new_tokens, buffer=config.n_overlong_tokens
            )
            rewards = rewards + config.overlong_penalty * penalty
            totals.add_each("rewards/overlong", config.overlong_penalty * penalty)
        self.advantages = group_advantages(
            rewards,
            epsilon=config.deviation_epsilon,
            divide_by_deviation=config.divide_by_deviation,
        )
        self.old = self.log_probs(self.forward) if self.needs_old_log_probs else None
        self.weigh_sampler(self.old, totals)
        self.of_reference = self.reference_log_probs() if config.kl_coefficient > 0 else None
        # Only now: a run that is stopped before here is saved, and samples this step again.
        self.running_std = self.next_running_std

    def divisor(self, indices: Sequence[int]) -> float:
        """Samples, sampled tokens, or samples times the longest sample's tokens."""
        config = self.context.config
        if config.aggregation == "token":
            return self.rollout.count_tokens(indices)
        n_samples = float(self.rollout.n_tokens[list(indices)].numel())
        return n_samples * (config.max_new_tokens if config.aggregation == "constant" else 1)

    def loss(self, indices: Sequence[int], totals: Totals) -> Tensor:
        """Clipped surrogate and KL, summed over tokens with their weights."""
        config, rollout, device = self.context.config, self.rollout, self.context.device
        rows = rollout.rows(indices)
        tokens = self.token_scores(indices)
        sizes = tokens.n_tokens.long()
        # Without log-probs of before, the ratio to itself is 1, its gradient that of the log-prob.
        old = tokens.log_prob.detach() if self.old is None else self.old.of_rows(rows, device)
        advantages = rollout.per_row(self.advantages, indices).to(tokens.log_prob)
        losses = self.weighed(self._policy_losses(tokens, old, advantages, totals), indices)
        if self.of_reference is not None:
            reference = self.of_reference.of_rows(rows, device)
            kl = kl_penalty(tokens.log_prob, reference, estimator=config.kl_estimator)
            losses = losses + config.kl_coefficient * kl
            totals.add_each("kl", kl)  # a token, as in TRL
            k1 = (tokens.log_prob.detach() - reference).double()
            totals.add("objective/kl", k1.sum(), len(rows))  # a sequence
        if config.aggregation == "sequence":
            losses = losses / sizes.repeat_interleave(sizes)
        totals.add_each("entropy", tokens.entropy)
        return self.with_bonus(losses.sum(), tokens)

    def _policy_losses(
        self, tokens: TokenScores, old: Tensor, advantages: Tensor, totals: Totals
    ) -> Tensor:
        """The surrogate of each token; that of a whole answer stands at each of its tokens."""
        config, sizes = self.context.config, tokens.n_tokens.long()
        of_tokens = advantages.repeat_interleave(sizes)
        if config.surrogate == "cispo":
            held = cispo_surrogate(tokens.log_prob, old, of_tokens, clip_high=config.clip_high)
            totals.add_each("cispo_clip_ratio", held.is_clipped_high.double())
            return held.loss
        if config.surrogate == "sequence":
            surrogate = sequence_surrogate(
                tokens.log_prob,
                old,
                advantages,
                sizes.tolist(),
                clip_low=config.clip_range,
                clip_high=config.highest_clip,
                dual_clip=config.dual_clip or None,
            )
            log_clipping(surrogate, totals)
            return surrogate.loss.repeat_interleave(sizes)
        surrogate = clipped_surrogate(
            tokens.log_prob,
            old,
            of_tokens,
            clip_low=config.clip_range,
            clip_high=config.highest_clip,
            dual_clip=config.dual_clip or None,
        )
        log_clipping(surrogate, totals)
        return surrogate.loss

    def checkpoint_tensors(self) -> dict[str, Tensor]:
        """The running standard deviation of dynamic sampling."""
        tensors = super().checkpoint_tensors()
        if not math.isnan(self.running_std):
            tensors[RUNNING] = torch.tensor(self.running_std, dtype=torch.float64)
        return tensors


def log_clipping(surrogate: ClippedSurrogate, totals: Totals) -> None:
    """How many tokens, or sequences, have lost their gradient to the clip on either side."""
    low, high = surrogate.is_clipped_low.double(), surrogate.is_clipped_high.double()
    totals.add_each("clip_ratio/low_mean", low)
    totals.add_each("clip_ratio/high_mean", high)
    totals.add_each("clip_ratio/region_mean", low + high)
