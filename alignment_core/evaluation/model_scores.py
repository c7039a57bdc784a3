"""Numbers from models for the figures: log-probs and rewards of pairs and of texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from alignment_core.data.micro_batches import micro_batches
from alignment_core.data.preparation import PreparedRecords
from alignment_core.data.tokenization import (
    ChatEncoder,
    TokenizedExample,
    encode_fitting,
)
from alignment_core.data.trimming import Messages
from alignment_core.errors import RecordRefused
from alignment_core.evaluation.figures import FloatArray
from alignment_core.evaluation.metrics import TIE_TOLERANCE
from alignment_core.forward.forward import Forward
from alignment_core.models.reward_heads import RewardHeads

Progress = Callable[[int, int], None]  # done, total: called after each batch; may raise to end it


class PairLogProbs(NamedTuple):
    """Of chosen and rejected, shape (2, records): log-probs in nats, and completion tokens."""

    log_prob: FloatArray
    n_tokens: FloatArray


class HeadOffsets(NamedTuple):
    """How far heads beside the score are from it, in units of reward, (heads, 2, records)."""

    by_cohort: FloatArray
    apart: FloatArray  # those for uncertainty


def pair_log_probs(
    policy: Forward, split: PreparedRecords, *, token_budget: int, progress: Progress
) -> PairLogProbs:
    """Summed log-probs of both completions of every record."""

    def score(examples: Sequence[TokenizedExample]) -> Tensor:
        scores = policy.completions(examples)
        return torch.stack([scores.log_prob, scores.n_tokens.to(scores.log_prob.dtype)])

    values = _in_batches(score, split.examples, token_budget=token_budget, progress=progress)
    return PairLogProbs(log_prob=values[:, 0].T, n_tokens=values[:, 1].T)


def pair_rewards(
    reward_model: Forward, split: PreparedRecords, *, token_budget: int, progress: Progress
) -> FloatArray:
    """Rewards of chosen and rejected, shape (2, records)."""
    values = _in_batches(
        lambda examples: reward_model.scores(examples).unsqueeze(0),
        split.examples,
        token_budget=token_budget,
        progress=progress,
    )
    return values[:, 0].T


def pair_offsets(
    reward_model: Forward,
    heads: RewardHeads,
    split: PreparedRecords,
    *,
    token_budget: int,
    progress: Progress,
) -> HeadOffsets:
    """What heads beside the score add to it, on both completions of every record."""

    def offsets(examples: Sequence[TokenizedExample]) -> Tensor:
        hidden = reward_model.last_token_hidden(examples)
        return torch.cat([heads.cohort_from_score(hidden), heads.apart_from_score(hidden)], 1).T

    values = _in_batches(offsets, split.examples, token_budget=token_budget, progress=progress)
    values = values.transpose(1, 2, 0)  # (heads, sides, records)
    n_cohorts = len(heads.cohorts)
    return HeadOffsets(by_cohort=values[:n_cohorts], apart=values[n_cohorts:])


class RewardScorer:
    """Rewards of any completions, as the reward model's own tokenizer and template write them."""

    def __init__(
        self,
        reward_model: Forward,
        encoder: ChatEncoder,
        *,
        max_length: int,
        token_budget: int,
        progress: Progress,
    ) -> None:
        self.forward = reward_model
        self.encoder = encoder
        self.max_length = max_length
        self.token_budget = token_budget
        self.progress = progress

    def __call__(self, groups: Sequence[tuple[Messages, Sequence[str]]]) -> FloatArray:
        """Rewards of each prompt's completions, shape (prompts, completions).

        A prompt that leaves no room loses its oldest turns, as in training; NaN where the last
        turn and a completion alone are too long, or the template does not take them. Every prompt
        has the same number of completions.
        """
        examples = [
            self._encoded(messages, texts, id=str(place))
            for place, (messages, texts) in enumerate(groups)
        ]
        fitting = [example for example in examples if example is not None]
        rewards = np.full((len(groups), len(groups[0][1]) if groups else 0), np.nan)
        if fitting:
            values = _in_batches(
                lambda batch: self.forward.scores(batch).unsqueeze(0),
                fitting,
                token_budget=self.token_budget,
                progress=self.progress,
            )
            rewards[[int(example.id) for example in fitting]] = values[:, 0]
        return rewards

    def _encoded(
        self, messages: Messages, texts: Sequence[str], *, id: str
    ) -> TokenizedExample | None:
        try:
            encoded = encode_fitting(
                self.encoder, messages, texts, max_length=self.max_length, are_samples=True
            )
        except RecordRefused:
            return None
        if encoded is None:
            return None
        return TokenizedExample(id, encoded.prompt_ids, encoded.completions)


class RewardJudge:
    """Prefers the completion with the higher reward; each is scored by itself."""

    name = "reward model"
    reads_order = False

    def __init__(self, reward: RewardScorer) -> None:
        self.reward = reward

    def prefers_first(
        self, prompts: Sequence[Messages], first: Sequence[str], second: Sequence[str]
    ) -> FloatArray:
        """1 where the first earns more, 0 where the second does, ½ for a tie, NaN unscored."""
        texts = zip(prompts, zip(first, second, strict=True), strict=True)
        rewards = self.reward(list(texts))
        margins = rewards[:, 0] - rewards[:, 1]
        verdicts = np.where(np.abs(margins) <= TIE_TOLERANCE, 0.5, (margins > 0).astype(np.float64))
        return np.where(np.isnan(margins), np.nan, verdicts)


@torch.no_grad()
def _in_batches(
    score: Callable[[Sequence[TokenizedExample]], Tensor],
    examples: Sequence[TokenizedExample],
    *,
    token_budget: int,
    progress: Progress,
) -> FloatArray:
    """Values (examples, values of each, sides) of a score that gives (values of each, rows)."""
    n_sides = len(examples[0].completions)
    groups = micro_batches(
        range(len(examples)),
        [example.n_tokens for example in examples],
        rows_per_example=n_sides,
        token_budget=token_budget,
    )
    parts: list[FloatArray] = []
    n_done = 0
    progress(0, len(examples))
    for group in groups:
        values = score([examples[index] for index in group]).double().cpu().numpy()
        # rows are side-major: (values, sides × examples) to (examples, values, sides)
        parts.append(values.reshape(len(values), n_sides, len(group)).transpose(2, 0, 1))
        n_done += len(group)
        progress(n_done, len(examples))
    order = np.concatenate([np.asarray(group) for group in groups])
    stacked = np.concatenate(parts)
    return stacked[np.argsort(order)]
