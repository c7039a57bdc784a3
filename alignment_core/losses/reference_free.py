"""Losses over log-probs of pairs that need no reference."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from alignment_core.forward.log_probs import PairLogProbs
from alignment_core.losses.margins import sigmoid_loss


def simpo_loss(
    mean_log_probs: PairLogProbs,
    *,
    beta: float,
    gamma: float,
    p_chosen: Tensor | None = None,
) -> Tensor:
    """SimPO: the likelier completion a token should win by a margin, without a reference.

    L(d) = -log σ(d - γ) with d = β (log π of chosen - log π of rejected, a token); with votes it is
    p L(d) + (1 - p) L(-d), so that whichever wins should win by γ.

    Args:
        mean_log_probs: mean over completion tokens, in nats, shape (pairs,).
        beta: scale of the reward; above 0, the paper's are 2 to 10.
        gamma: wanted margin of the rewards; at least 0.
        p_chosen: in [0, 1], shape (pairs,); None means 1.
    Returns: nats, shape (pairs,).
    Raises: ValueError if a shape or a scalar is not as stated.
    Source: Meng et al. 2024, arXiv:2405.14734, eq. 6.
    """
    if mean_log_probs.chosen.shape != mean_log_probs.rejected.shape:
        raise ValueError("log_probs must share one shape")
    if beta <= 0 or gamma < 0:
        raise ValueError(f"{beta=} or {gamma=} is out of range")
    margin = beta * (mean_log_probs.chosen - mean_log_probs.rejected)
    loss = -F.logsigmoid(margin - gamma)
    if p_chosen is None:
        return loss
    if p_chosen.shape != margin.shape:
        raise ValueError("p_chosen and log_probs must share one shape")
    return p_chosen * loss - (1 - p_chosen) * F.logsigmoid(-margin - gamma)


def cpo_loss(log_probs: PairLogProbs, *, beta: float, p_chosen: Tensor | None = None) -> Tensor:
    """Contrastive Preference Optimization: DPO with a uniform reference, which cancels.

    The sigmoid loss of d = β (log π of chosen - log π of rejected), whole completions. The method
    adds imitation of the chosen completions to it, without which both become unlikely.

    Args:
        log_probs: summed over completion tokens, in nats, shape (pairs,).
        beta: scale of the reward; above 0, the paper's is 0.1.
        p_chosen: in [0, 1], shape (pairs,); None means 1.
    Returns: nats, shape (pairs,).
    Raises: ValueError if a shape or a scalar is not as stated.
    Source: Xu et al. 2024 (CPO), arXiv:2401.08417, eq. 3.
    """
    if log_probs.chosen.shape != log_probs.rejected.shape:
        raise ValueError("log_probs must share one shape")
    if beta <= 0:
        raise ValueError(f"{beta=} is out of range")
    return sigmoid_loss(beta * (log_probs.chosen - log_probs.rejected), p_chosen=p_chosen)


def log_odds_ratio(mean_log_probs: PairLogProbs) -> Tensor:
    """log [odds(chosen) / odds(rejected)], odds = P / (1 - P), P = exp(mean log-prob a token).

    It is computed in at least float32 without ever forming 1 - P, which rounds to 0. A completion
    that is certain to the last bit counts as one that is just short of it.

    Args:
        mean_log_probs: mean over completion tokens, in nats, at most 0, shape (pairs,).
    Returns: nats, shape (pairs,).
    Raises: ValueError if the shapes differ.
    Source: Hong et al. 2024 (ORPO), arXiv:2403.07691.
    """
    if mean_log_probs.chosen.shape != mean_log_probs.rejected.shape:
        raise ValueError("log_probs must share one shape")
    return _log_odds(mean_log_probs.chosen) - _log_odds(mean_log_probs.rejected)


def _log_odds(log_prob: Tensor) -> Tensor:
    if log_prob.dtype in (torch.float16, torch.bfloat16):
        log_prob = log_prob.float()
    log_prob = log_prob.clamp(max=-torch.finfo(log_prob.dtype).eps)
    is_near_0 = log_prob > -0.6931
    # Both branches are computed, so each sees only what it can take, or its gradient is NaN.
    near = torch.log(-torch.expm1(torch.where(is_near_0, log_prob, -0.5)))
    far = torch.log1p(-torch.exp(torch.where(is_near_0, -1.0, log_prob)))
    return log_prob - torch.where(is_near_0, near, far)
