"""What the methods that learn from their own samples share: sampling, rewards, reference, figures.

Each step is a rollout. The prompts of a step are sampled, every answer is rewarded, the method
finds out what belongs to the whole rollout (`prepare_rollout`), and then learns from it in one or
several optimizer steps. Log-probs are at the sampling temperature, top_p is 1, and draws come from
(seed, step, prompt, sample), so neither the batch nor the number of processes changes what is
sampled.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from alignment_core.configs import SampleConfig
from alignment_core.configs.rollouts import RolloutConfig
from alignment_core.data.tokenization import TokenizedExample
from alignment_core.errors import LoadingError
from alignment_core.evaluation import HeldOutResult
from alignment_core.evaluation.metrics import Totals
from alignment_core.forward.forward import Forward
from alignment_core.models.adapters import adapters_off, has_adapters
from alignment_core.models.loading import load_policy
from alignment_core.models.sharding import is_sharded
from alignment_core.rewards.model import digest_of_rewards
from alignment_core.rewards.scoring import Scorer
from alignment_core.runs.checkpoints import EXTRA, read_state, read_tensors
from alignment_core.sampling.rollout import Rollout, TokenValues, measure_tokens, prompts_of_step
from alignment_core.sampling.rollout_sampling import Sampling
from alignment_core.trainers.modules import policy_to_train
from alignment_core.trainers.objective import Companion, LoopData, TrainingContext, Update
from alignment_core.trainers.rollout_figures import (
    cut_samples,
    held_out_figures,
    log_samples,
    rollout_metrics,
)

Config = TypeVar("Config", bound=RolloutConfig)
REWARDS_KEY = "rewards/key"  # in checkpoints
TOKENS_AT_ONCE = 1 << 15  # held by the cache of keys and values while sampling


class RolloutTrainer(ABC, Generic[Config]):
    """Samples, rewards and updates; a method adds its advantages and its loss."""

    def __init__(self, context: TrainingContext[Config]) -> None:
        config = context.config
        self.context = context
        self.module = policy_to_train(context)
        self.forward = context.forward(self.module)
        self.companions: Mapping[str, Companion] = {}
        self.sampling = Sampling(
            policy=self.module,
            encoder=context.encoder,
            reading=replace(
                context.reading(self.module),
                rows_at_once=max(1, TOKENS_AT_ONCE // config.max_length),
            ),
            scorer=Scorer(
                config.rewards,
                device=context.device,
                forward=context.forward,
                token_budget=config.tokens_per_micro_batch,
                longest=config.max_length,
                day=context.day,
                folds_system=context.encoder.folds_system,
            ),
            check=context.stopper.check,
            on_progress=context.directory.log_samples,
            keeps_log_probs=self.keeps_log_probs,
        )
        self.rewards_key = digest_of_rewards(config.rewards)
        self.rollout: Rollout  # of the step that is being learnt from
        self._reference: Forward | None = None

    def prepare(self) -> None:
        """Check the rewards, and cut the log of samples back to where the run goes on.

        Raises: LoadingError if the checkpoint was trained on other rewards.
        """
        context, resume = self.context, self.context.resume
        if resume is not None and not torch.equal(
            self.saved_tensors().get(REWARDS_KEY, torch.empty(0)), _as_tensor(self.rewards_key)
        ):
            raise LoadingError(
                "the checkpoint was trained on another reward model, which has changed since",
                field="rewards",
                value=str(resume),
            )
        cut_samples(context.directory, after=0 if resume is None else read_state(resume).step)

    @abstractmethod
    def prepare_rollout(self, totals: Totals) -> None:
        """Find out what belongs to the whole of `self.rollout`, before it is learnt from."""

    @abstractmethod
    def divisor(self, indices: Sequence[int]) -> float:
        """What the loss of an update on these prompts of the rollout is divided by."""

    @abstractmethod
    def loss(self, indices: Sequence[int], totals: Totals) -> Tensor:
        """The loss summed over these prompts of the rollout."""

    def updates(self, step: int, totals: Totals) -> Iterator[Update]:
        """Sample, then go over the rollout `n_passes` times in `n_minibatches` updates each."""
        config = self.context.config
        with self.context.directory.phase("rollout"), torch.no_grad():
            sampled = self.sample(step, totals)
            rollout_metrics(sampled, totals)
            log_samples(sampled, self.context.directory, step=step)
            self.rollout = self.select(sampled)
            if not self.rollout.examples:
                return
            self.prepare_rollout(totals)
        data = self.loop_data()
        for n_pass in range(config.n_passes):
            # 2, as 1 draws the prompts of this step: the same numbers must not decide both.
            seed = (config.seed, step, 2, n_pass)
            for indices in self.rollout.minibatches(config.n_minibatches, seed=seed):
                yield Update(learner=self, data=data, indices=indices)

    def sample(self, step: int, totals: Totals) -> Rollout:
        """The rollout of a step: every prompt whose turn it is. Raises: Stopped."""
        config = self.context.config
        first, _ = self.prompts_of(step)
        settings = self._settings(config.temperature)
        return self.sampling.rollout(self.context.train, first, settings=settings, step=step)

    def select(self, sampled: Rollout) -> Rollout:
        """What of the samples is learnt from: everything, unless a method says otherwise."""
        return sampled

    def prompts_of(self, step: int) -> tuple[list[int], list[int]]:
        """The prompts whose turn it is, and all others in a random order."""
        config = self.context.config
        return prompts_of_step(
            len(self.context.train), batch_size=config.batch_size, seed=config.seed, step=step
        )

    def rewards(self, rollout: Rollout) -> Tensor:
        """What each sample is worth, float64, shape (prompts, samples): unfinished ones less."""
        penalty = self.context.config.missing_end_penalty
        return rollout.scores.total - penalty * (~rollout.finished).double()

    def log_probs(self, forward: Forward) -> TokenValues:
        """Log-prob of every sampled token at the sampling temperature."""
        return self._log_probs(forward, self.rollout, self.context.config.temperature)

    def _log_probs(self, forward: Forward, rollout: Rollout, temperature: float) -> TokenValues:
        def measure(examples: Sequence[TokenizedExample]) -> Tensor:
            return forward.completion_tokens(examples, temperature=temperature).log_prob

        return self.measure_tokens(forward, measure, rollout)

    def measure_tokens(
        self,
        forward: Forward,
        measure: Callable[[Sequence[TokenizedExample]], Tensor],
        rollout: Rollout,
    ) -> TokenValues:
        """A value of every sampled token of a rollout."""
        return measure_tokens(
            rollout,
            measure,
            token_budget=self.context.config.tokens_per_micro_batch,
            check=self.context.stopper.check,
            is_packed=forward.choice.layout == "packed",
            in_step=is_sharded(forward.module),
        )

    @contextmanager
    def reference(self) -> Iterator[Forward]:
        """The exact start checkpoint: the policy without its adapters, or a copy that is kept."""
        if has_adapters(self.module):
            with adapters_off(self.module):
                yield self.forward
            return
        if self._reference is None:
            module = load_policy(self.context.base, device=self.context.device)
            self._reference = self.context.forward(module.requires_grad_(False))
        yield self._reference

    def kept_modules(self) -> Mapping[str, nn.Module]:
        """The reward models and, without adapters, the reference, which is another such policy."""
        kept: dict[str, nn.Module] = dict(self.sampling.scorer.modules)
        # The reference is loaded when it is first asked; the policy is just as large, and is here.
        return kept if has_adapters(self.module) else {**kept, "reference": self.module}

    def reference_log_probs(self) -> TokenValues:
        """Log-prob of every sampled token under the reference."""
        with self.reference() as forward:
            return self.log_probs(forward)

    def loop_data(self) -> LoopData:
        """Lengths of the rollout's groups."""
        examples = self.rollout.examples
        return LoopData(
            lengths=[example.n_tokens for example in examples],
            n_tokens=[
                len(one.completions) * len(one.prompt_ids) + sum(map(len, one.completions))
                for one in examples
            ],
            rows_per_example=len(examples[0].completions),
            packed_lengths=[one.n_packed_tokens for one in examples]
            if self.context.is_packed
            else None,
        )

    @property
    def keeps_log_probs(self) -> bool:
        """Whether those of the sampler are kept with its answers."""
        return False

    @property
    def needs_old_log_probs(self) -> bool:
        """Whether the policy differs from the one that sampled by the time it is updated."""
        config = self.context.config
        return config.n_passes * config.n_minibatches > 1

    def begin_step(self, step: int, indices: Sequence[int]) -> None:
        """What belongs to the whole rollout is prepared already."""

    def curriculum(self) -> list[int] | None:
        """The order is random."""
        return None

    def checkpoint_tensors(self) -> dict[str, Tensor]:
        """What the rewards were: a rollout begins from weights and optimizer alone."""
        return {REWARDS_KEY: _as_tensor(self.rewards_key)}

    def saved_tensors(self) -> dict[str, Tensor]:
        """What `checkpoint_tensors` gave to the checkpoint that is resumed; else nothing."""
        resume = self.context.resume
        return {} if resume is None else read_tensors(resume / EXTRA)

    def scored_pairs(self) -> list[dict[str, Any]] | None:
        """A policy is sampled instead."""
        return None

    @torch.no_grad()
    def measure(self) -> HeldOutResult | None:
        """Reward, length and KL of samples of held-out prompts, at temperature 1."""
        held_out, config = self.context.held_out, self.context.config
        if held_out is None or len(held_out) == 0 or config.n_eval_prompts == 0:
            return None
        prompts = range(min(config.n_eval_prompts, len(held_out)))
        settings = self._settings(1.0, n_samples=1)
        rollout = self.sampling.rollout(held_out, prompts, settings=settings, step=0)
        policy = self._log_probs(self.forward, rollout, 1.0)
        with self.reference() as forward:
            reference = self._log_probs(forward, rollout, 1.0)
        return held_out_figures(rollout, policy, reference)

    def _settings(self, temperature: float, *, n_samples: int | None = None) -> SampleConfig:
        config = self.context.config
        return SampleConfig(
            n_samples=n_samples or config.n_samples,
            max_new_tokens=config.max_new_tokens,
            temperature=temperature,
            seed=config.seed,
        )


def _as_tensor(key: str) -> Tensor:
    return torch.tensor(list(key.encode()), dtype=torch.uint8)
