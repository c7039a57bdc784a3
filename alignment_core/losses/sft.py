"""The loss of supervised fine-tuning."""

from __future__ import annotations

from torch import Tensor


def sft_loss(log_prob: Tensor) -> Tensor:
    """Negative log-likelihood of each completion.

    Args:
        log_prob: summed over the completion's tokens, in nats, shape (completions,).
    Returns: nats, shape (completions,), summed over tokens: divide by a step's count of tokens.
    """
    return -log_prob
