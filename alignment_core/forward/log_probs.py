"""Log-probabilities of completions under a policy, in at least float32."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


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
    shared_log_prob: Tensor  # over as many tokens as the example's shortest has, with gradient

    def sides(self) -> PairLogProbs:
        """Log-probs of a batch of pairs, in which chosen rows come before rejected rows."""
        chosen, rejected = self.log_prob.chunk(2)
        return PairLogProbs(chosen, rejected)


class TokenScores(NamedTuple):
    """What a policy says about every completion token, row after row; shape (tokens,)."""

    log_prob: Tensor  # in nats, with gradient
    entropy: Tensor  # of what the token was drawn from, in nats; with gradient if asked for
    n_tokens: Tensor  # float, tokens of each row, shape (rows,)

    def per_row(self, values: Tensor) -> Tensor:
        """Sums over each row's tokens of any values of shape (tokens,); shape (rows,)."""
        return sum_rows(values, [int(n) for n in self.n_tokens.tolist()])


class TokenStatistics(NamedTuple):
    """What logits say about the tokens they predicted; each of shape (tokens,)."""

    log_prob: Tensor  # in nats, with gradient; the rest has none
    mean_logit: Tensor
    correct: Tensor  # 1 where the token was the likeliest, else 0
    entropy: Tensor  # in nats; empty unless it was asked for


def token_log_probs(logits: Tensor, targets: Tensor) -> Tensor:
    """log softmax(logits)[target], in at least float32: half types go up, float64 stays.

    Args:
        logits: shape (tokens, vocabulary). targets: int64, shape (tokens,).
    Returns: nats, shape (tokens,), at most 0.
    """
    return -F.cross_entropy(_at_least_float32(logits), targets, reduction="none")


def token_statistics(
    logits: Tensor, targets: Tensor, *, with_entropy: bool = False, entropy_gradient: bool = False
) -> TokenStatistics:
    """The definition that faster heads are tested against.

    Args:
        logits: shape (tokens, vocabulary). targets: int64, shape (tokens,).
        entropy_gradient: let the entropy have a gradient, which needs `with_entropy`.
    """
    logits = _at_least_float32(logits)
    log_prob = token_log_probs(logits, targets)
    with torch.no_grad():
        shares = logits.softmax(-1) if with_entropy else logits[:0]
        statistics = TokenStatistics(
            log_prob=log_prob,
            mean_logit=logits.mean(-1),
            correct=(logits.argmax(-1) == targets).to(log_prob.dtype),
            entropy=torch.special.entr(shares).sum(-1),
        )
    return statistics._replace(entropy=token_entropy(logits)) if entropy_gradient else statistics


def token_entropy(logits: Tensor) -> Tensor:
    """Entropy of the distribution over tokens, with gradient.

    Args: logits: shape (tokens, vocabulary).
    Returns: nats, shape (tokens,), at least 0.
    """
    log_shares = logits.log_softmax(-1)
    # A token that cannot come has a log-share of minus infinity, and 0 times that is no number.
    lowest = torch.finfo(log_shares.dtype).min
    return -(log_shares.exp() * log_shares.clamp(min=lowest)).sum(-1)


def sum_rows(values: Tensor, lengths: Sequence[int]) -> Tensor:
    """Sum values row by row, shape (rows,).

    Args:
        values: row after row, shape (tokens,). lengths: how many belong to each row.
    """
    return torch.stack([part.sum() for part in torch.split(values, list(lengths))])


def sum_shared(values: Tensor, lengths: Sequence[int], examples: Sequence[int]) -> Tensor:
    """Sum values row by row, only as far as the shortest completion of the same example goes.

    Args:
        values: row after row, shape (tokens,).
        lengths: how many belong to each row.
        examples: which example each row belongs to.
    Returns: shape (rows,).
    """
    shortest: dict[int, int] = {}
    for example, length in zip(examples, lengths, strict=True):
        shortest[example] = min(length, shortest.get(example, length))
    parts = zip(torch.split(values, list(lengths)), examples, strict=True)
    return torch.stack([part[: shortest[example]].sum() for part, example in parts])


def _at_least_float32(logits: Tensor) -> Tensor:
    return logits.float() if logits.dtype in (torch.float16, torch.bfloat16) else logits
