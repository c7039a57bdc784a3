"""A reward model as a reward: it reads the messages by its own template and tokenizer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import torch
from torch import Tensor

from alignment_core.canonical import digest_of_directory, digest_of_json
from alignment_core.configs.rewards import ModelReward, RewardSpec
from alignment_core.data.collation import rows_of
from alignment_core.data.micro_batches import micro_batches
from alignment_core.data.tokenization import TokenizedExample
from alignment_core.errors import LoadingError, TrainingFailed
from alignment_core.forward.forward import Through
from alignment_core.models.half_weights import halve_frozen_weights
from alignment_core.models.kinds import scores_text
from alignment_core.models.loading import (
    context_length,
    digest_of_base,
    load_config,
    load_encoder,
    load_reward_model,
    resolve_base,
)
from alignment_core.rewards.rules import Answered


def digest_of_rewards(rewards: Sequence[RewardSpec]) -> str:
    """What a run's rewards are: their settings, and the files of every reward model."""
    return digest_of_json(
        [
            {
                **spec.as_settings(),
                "files": digest_of_directory(resolve_base(spec.path))
                if isinstance(spec, ModelReward)
                else None,
            }
            for spec in rewards
        ]
    )


class ModelScorer:
    """Scores groups of answers by a reward model."""

    def __init__(
        self,
        name: str,
        *,
        device: torch.device,
        forward: Through,
        token_budget: int,
        longest: int,
        day: date | None = None,
        folds_system: bool = False,
    ) -> None:
        """Raises: LoadingError if it is no reward model, or has no room for the answers."""
        path = resolve_base(name)
        config = load_config(path)
        if not scores_text(path):
            raise LoadingError(
                "{path} is a language model, not a reward model",
                field="rewards",
                value=name,
                parts={"path": path},
            )
        self.context = context_length(config)
        if self.context is not None and self.context < longest:
            raise LoadingError(
                "the reward model at {path} reads {context} tokens, but prompt and answer may have "
                "{longest}",
                field="rewards",
                value=name,
                parts={"path": path, "context": self.context, "longest": longest},
            )
        self.encoder = load_encoder(path, day=day, folds_system=folds_system)
        module = load_reward_model(path, device=device, seed=0)
        module.requires_grad_(False)
        self.forward = forward(module, digest_of_base(path))
        if self.forward.dtype == "bfloat16":
            halve_frozen_weights(module)
        self.token_budget = token_budget

    @torch.no_grad()
    def __call__(self, groups: Sequence[Sequence[Answered]]) -> Tensor:
        """Scores, float64, shape (prompts, samples).

        Raises: TrainingFailed if an answer is too long in the reward model's own tokens.
        """
        examples = [self._example(group) for group in groups]
        scores = torch.zeros(len(groups), len(groups[0]), dtype=torch.float64)
        for indices in micro_batches(
            range(len(examples)),
            [example.n_tokens for example in examples],
            rows_per_example=len(groups[0]),
            token_budget=self.token_budget,
            packed_lengths=[example.n_packed_tokens for example in examples]
            if self.forward.choice.layout == "packed"
            else None,
        ):
            batch = [examples[index] for index in indices]
            values = self.forward.scores(batch).double().cpu()
            for (number, side), value in zip(rows_of(batch), values, strict=True):
                scores[indices[number], side] = value
        return scores

    def _example(self, group: Sequence[Answered]) -> TokenizedExample:
        prompt = group[0].prompt
        prompt_ids = self.encoder.prompt_ids(prompt)
        # An answer that was cut gets its end of turn: a score is only learnt there.
        completions = tuple(
            self.encoder.sampled_ids(prompt, answered.text, prompt_ids=prompt_ids)
            for answered in group
        )
        example = TokenizedExample("", prompt_ids, completions)
        if self.context is not None and example.n_tokens > self.context:
            raise TrainingFailed(
                f"an answer has {example.n_tokens} tokens for the reward model, which reads "
                f"{self.context}; lower max_length or max_new_tokens"
            )
        return example
