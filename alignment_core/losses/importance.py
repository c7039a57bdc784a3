"""Weights for samples that were drawn by another engine than the one that learns from them.

The same policy, read token by token with a cache, in other kernels or in another precision, says
slightly other log-probs; what was sampled is then not quite on-policy, and over a long answer that
adds up.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from alignment_core.forward.log_probs import sum_rows
from alignment_core.losses.policy_gradient import LARGEST_LOG_RATIO


def sampler_weights(
    log_prob: Tensor,
    sampler_log_prob: Tensor,
    lengths: Sequence[int],
    *,
    way: str,
    highest: float,
    lowest: float = 0.0,
) -> Tensor:
    """What each token's loss is multiplied by: the ratio of trainer to sampler, within bounds.

    Args:
        log_prob: of each sampled token under the policy as the trainer reads it, at sampling, no
            gradient, sequence after sequence, in nats, shape (tokens,).
        sampler_log_prob: the same as the sampler read it.
        lengths: tokens of each sequence, adding up to all tokens.
        way: "token_truncate" holds each token's ratio within the bounds, "token_mask" leaves out
            tokens beyond them; "sequence_truncate" and "sequence_mask" do so with the product of a
            sequence's ratios, which all of its tokens then have.
        highest, lowest: the bounds; above 0 and at least 0, the lowest below the highest.
    Returns: shape (tokens,); 1 where both say the same. A ratio counts as e^±20 at most.
    Raises: ValueError if a shape, a bound or the way is not as stated.
    Source: truncated: Yao et al. 2025 ("Your efficient RL framework secretly brings you off-policy
        RL training"); masked tokens: Ling Team 2025 (IcePop), arXiv:2510.18855; masked sequences:
        Liu et al. 2025 ("When speed kills stability").
    """
    if log_prob.shape != sampler_log_prob.shape or sum(lengths) != log_prob.numel():
        raise ValueError("log_prob and sampler_log_prob must share one shape, that of all tokens")
    if not 0 <= lowest < highest:
        raise ValueError(f"{lowest=} or {highest=} is out of range")
    level, _, bounding = way.partition("_")
    if level not in ("token", "sequence") or bounding not in ("truncate", "mask"):
        raise ValueError(f"{way=} is not known")
    log_ratio = log_prob - sampler_log_prob
    if level == "sequence":
        sizes = torch.tensor(lengths, device=log_ratio.device)
        log_ratio = sum_rows(log_ratio, lengths).repeat_interleave(sizes)
    ratio = log_ratio.clamp(-LARGEST_LOG_RATIO, LARGEST_LOG_RATIO).exp()
    if bounding == "truncate":
        return ratio.clamp(lowest, highest)
    return torch.where((ratio >= lowest) & (ratio <= highest), ratio, 0.0)
