"""Log-probs of completions that count the length of a completion less."""

from __future__ import annotations

from torch import Tensor


def length_desensitized_log_probs(
    log_prob: Tensor, shared_log_prob: Tensor, *, alpha: float
) -> Tensor:
    """Log-prob of each completion, its tokens beyond the shorter side's length times α.

    Without that, a longer completion has a larger log-ratio for its length alone.

    Args:
        log_prob: summed over all completion tokens, in nats, shape (rows,).
        shared_log_prob: over as many tokens as the pair's shorter completion has, shape (rows,).
        alpha: in [0, 1]; 1 changes nothing.
    Returns: nats, shape (rows,).
    Raises: ValueError if a shape or a scalar is not as stated.
    Source: Liu et al. 2024 (LD-DPO), arXiv:2409.06411.
    """
    if log_prob.shape != shared_log_prob.shape:
        raise ValueError("log_prob and shared_log_prob must share one shape")
    if not 0 <= alpha <= 1:
        raise ValueError(f"{alpha=} is out of range")
    return shared_log_prob + alpha * (log_prob - shared_log_prob)
