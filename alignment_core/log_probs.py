"""Log-probabilities of completions under a policy, in at least float32."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import PreTrainedModel

from alignment_core.collation import PaddedBatch


class PairLogProbs(NamedTuple):
    """Log-probs of the two sides, summed over completion tokens, in nats, shape (pairs,)."""

    chosen: Tensor
    rejected: Tensor


class CompletionScores(NamedTuple):
    """What a policy says about the completions of a batch; each of shape (rows,)."""

    log_prob: Tensor  # summed over the completion's tokens, in nats, with gradient
    n_tokens: Tensor  # float, tokens of the completion, end of turn included
    mean_logit: Tensor  # mean over tokens and vocabulary, no gradient
    n_correct: Tensor  # tokens that were the likeliest, no gradient

    def sides(self) -> PairLogProbs:
        """Log-probs of a batch of pairs, in which chosen rows come before rejected rows."""
        chosen, rejected = self.log_prob.chunk(2)
        return PairLogProbs(chosen, rejected)


def token_log_probs(logits: Tensor, targets: Tensor) -> Tensor:
    """log softmax(logits)[target], in at least float32: half types go up, float64 stays.

    Args:
        logits: shape (tokens, vocabulary). targets: int64, shape (tokens,).
    Returns: nats, shape (tokens,), at most 0.
    """
    if logits.dtype in (torch.float16, torch.bfloat16):
        logits = logits.float()
    return -F.cross_entropy(logits, targets, reduction="none")


def completion_scores(policy: PreTrainedModel, batch: PaddedBatch) -> CompletionScores:
    """Score every completion of a batch; only its own positions go through the head."""
    predicts = batch.completion_mask[:, 1:]  # position t predicts the token at t + 1
    targets = batch.input_ids[:, 1:][predicts]
    logits = completion_logits(policy, batch, predicts)
    log_probs = token_log_probs(logits, targets)
    with torch.no_grad():
        n_tokens = predicts.sum(1).to(log_probs.dtype)
        correct = (logits.argmax(-1) == targets).to(log_probs.dtype)
        mean_logits = logits.mean(-1).to(log_probs.dtype)
    return CompletionScores(
        log_prob=_sum_rows(log_probs, predicts),
        n_tokens=n_tokens,
        mean_logit=_sum_rows(mean_logits, predicts) / n_tokens,
        n_correct=_sum_rows(correct, predicts),
    )


def completion_token_log_probs(policy: PreTrainedModel, batch: PaddedBatch) -> Tensor:
    """Log-prob of every completion token, row after row, in nats, shape (tokens,)."""
    predicts = batch.completion_mask[:, 1:]
    targets = batch.input_ids[:, 1:][predicts]
    return token_log_probs(completion_logits(policy, batch, predicts), targets)


def completion_logits(policy: PreTrainedModel, batch: PaddedBatch, predicts: Tensor) -> Tensor:
    """Logits at the positions that predict a completion's token, shape (tokens, vocabulary).

    Args:
        predicts: bool, shape (rows, length - 1).
    """
    head = policy.get_output_embeddings()  # type: ignore[no-untyped-call]
    positions = F.pad(predicts, (0, 1))  # the last position predicts nothing
    with _head_reads_only(head, positions):
        logits: Tensor = policy(
            input_ids=batch.input_ids, attention_mask=batch.attention_mask, use_cache=False
        ).logits
    # A model that does not call its head as a module has scored every position.
    return logits[positions] if logits.dim() == 3 else logits


@contextmanager
def _head_reads_only(head: nn.Module | None, positions: Tensor) -> Iterator[None]:
    """Let a head see hidden states at these positions only.

    The model's own forward still runs around its head, so a soft cap or a scale of the logits
    stays in force, whatever the architecture.
    """
    if head is None:
        yield
        return

    def keep(_module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        hidden_states = inputs[0]
        return (hidden_states[positions], *inputs[1:])

    handle = head.register_forward_pre_hook(keep)
    try:
        yield
    finally:
        handle.remove()


def _sum_rows(values: Tensor, mask: Tensor) -> Tensor:
    """Sum values, given at the true places of a mask, for each row; deterministic on a GPU."""
    padded = torch.zeros(mask.shape, dtype=values.dtype, device=values.device)
    padded = padded.masked_scatter(mask, values)
    return padded.sum(1)
