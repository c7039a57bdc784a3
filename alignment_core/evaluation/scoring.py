"""Numbers from models for the figures: log-probs and rewards of pairs and of texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from alignment_core.batches import micro_batches
from alignment_core.evaluation.figures import FloatArray
from alignment_core.forward import Forward
from alignment_core.metrics import TIE_TOLERANCE
from alignment_core.preparation import PreparedRecords
from alignment_core.tokenization import (
    ChatEncoder,
    Messages,
    TokenizedExample,
    shorter_prompts,
)

Progress = Callable[[int, int], None]  # done, total: called after each batch; may raise to end it


class PairLogProbs(NamedTuple):
    """Of chosen and rejected, shape (2, records): log-probs in nats, and completion tokens."""

    log_prob: FloatArray
    n_tokens: FloatArray


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


def text_rewards(
    reward_model: Forward,
    encoder: ChatEncoder,
    texts: Sequence[tuple[Messages, str]],
    *,
    max_length: int,
    token_budget: int,
    progress: Progress,
) -> FloatArray:
    """Rewards of completions as the reward model's own template writes them, shape (texts,).

    A prompt that leaves no room loses its oldest turns, as in training; NaN where the last turn
    and the completion alone are too long.
    """
    examples = [
        _encoded(encoder, messages, text, max_length=max_length, id=str(place))
        for place, (messages, text) in enumerate(texts)
    ]
    fitting = [example for example in examples if example is not None]
    rewards = np.full(len(texts), np.nan)
    values = _in_batches(
        lambda batch: reward_model.scores(batch).unsqueeze(0),
        fitting,
        token_budget=token_budget,
        progress=progress,
    )
    rewards[[int(example.id) for example in fitting]] = values[:, 0, 0]
    return rewards


class RewardJudge:
    """Prefers the completion with the higher reward; each is scored by itself."""

    name = "reward model"
    reads_order = False

    def __init__(self, reward: Callable[[Sequence[tuple[Messages, str]]], FloatArray]) -> None:
        self.reward = reward

    def prefers_first(
        self, prompts: Sequence[Messages], first: Sequence[str], second: Sequence[str]
    ) -> FloatArray:
        """1 where the first earns more, 0 where the second does, ½ for a tie."""
        margins = self.reward(list(zip(prompts, first, strict=True))) - self.reward(
            list(zip(prompts, second, strict=True))
        )
        return np.where(np.abs(margins) <= TIE_TOLERANCE, 0.5, (margins > 0).astype(np.float64))


@torch.no_grad()
def _in_batches(
    score: Callable[[Sequence[TokenizedExample]], Tensor],
    examples: Sequence[TokenizedExample],
    *,
    token_budget: int,
    progress: Progress,
) -> FloatArray:
    """Values (examples, values of each, sides) of a score that gives (values of each, rows)."""
    if not examples:
        return np.zeros((0, 2, 2))
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


def _encoded(
    encoder: ChatEncoder, messages: Messages, text: str, *, max_length: int, id: str
) -> TokenizedExample | None:
    for shortened in shorter_prompts(messages):
        prompt_ids = encoder.prompt_ids(shortened)
        ids, _merged = encoder.completion_ids(shortened, text, prompt_ids=prompt_ids)
        if len(prompt_ids) + len(ids) <= max_length:
            return TokenizedExample(id, prompt_ids, (ids,))
    return None
