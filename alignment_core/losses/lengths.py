"""Log-probs of completions that count the length of a completion less."""

from __future__ import annotations

import torch
from torch import Tensor


def length_desensitized_log_probs(log_prob: Tensor, n_tokens: Tensor, *, alpha: float) -> Tensor:
    """Log-prob of each completion of a pair, its tokens beyond the shorter one's length times α.

    Without that, a longer completion has a larger log-ratio for its length alone.

    Args:
        log_prob: of every token, in nats, shape (tokens,), row after row.
        n_tokens: of each row, chosen rows before rejected rows, shape (2 × pairs,).
        alpha: in [0, 1]; 1 changes nothing.
    Returns: nats, shape (2 × pairs,), in the order of the rows.
    Raises: ValueError if a shape or a scalar is not as stated.
    Source: Liu et al. 2024 (LD-DPO), arXiv:2409.06411.
    """
    if not 0 <= alpha <= 1:
        raise ValueError(f"{alpha=} is out of range")
    lengths = n_tokens.long()
    if len(lengths) % 2 or int(lengths.sum()) != len(log_prob):
        raise ValueError("n_tokens must count the tokens of log_prob, for both sides of each pair")
    shared = torch.minimum(*lengths.chunk(2)).repeat(2)
    starts = lengths.cumsum(0) - lengths
    rows = torch.repeat_interleave(torch.arange(len(lengths), device=lengths.device), lengths)
    places = torch.arange(len(log_prob), device=lengths.device) - starts[rows]
    weighted = torch.where(places < shared[rows], log_prob, alpha * log_prob)
    width = int(lengths.max())
    padded = log_prob.new_zeros(len(lengths), width)
    # Not index_add: on a GPU the order of its sums, and so their last bits, would be left to luck.
    inside = torch.arange(width, device=lengths.device) < lengths[:, None]
    return padded.masked_scatter(inside, weighted).sum(1)
