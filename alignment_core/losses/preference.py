"""Losses over log-probs of pairs, relative to a reference."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from alignment_core.forward.log_probs import PairLogProbs
from alignment_core.losses.margins import sigmoid_loss


class PairRewards(NamedTuple):
    """What a policy implies that the two sides are worth, in nats; each of shape (pairs,).

    Rewards of different prompts cannot be compared: each is known up to what its prompt adds.
    """

    chosen: Tensor
    rejected: Tensor


def implied_rewards(policy: PairLogProbs, reference: PairLogProbs, *, beta: float) -> PairRewards:
    """β (log π - log π_ref) of each side: the reward whose best policy this one would be.

    Args:
        policy, reference: log-probs in nats, shape (pairs,), both sums over completion tokens or
            both means.
        beta: strength of the pull towards the reference; above 0.
    Returns: nats, each side of shape (pairs,), with the policy's gradient; 0 where policy and
        reference agree.
    Raises: ValueError if a shape or a scalar is not as stated.
    Source: Rafailov et al. 2023, arXiv:2305.18290, eq. 5.
    """
    if len({log_prob.shape for log_prob in (*policy, *reference)}) != 1:
        raise ValueError("policy and reference log_probs must share one shape")
    if beta <= 0:
        raise ValueError(f"{beta=} is out of range")
    return PairRewards(
        chosen=beta * (policy.chosen - reference.chosen),
        rejected=beta * (policy.rejected - reference.rejected),
    )


def dpo_loss(
    policy: PairLogProbs,
    reference: PairLogProbs,
    *,
    beta: float,
    label_smoothing: float = 0.0,
    p_chosen: Tensor | None = None,
) -> Tensor:
    """Direct Preference Optimization loss with the sigmoid, one value for each pair.

    With margin d and p the probability that chosen is preferred, the loss is
    -p log σ(d) - (1 - p) log σ(-d).

    Args:
        policy, reference: log-probs summed over completion tokens, in nats, shape (pairs,).
        beta: strength of the pull towards the reference; above 0.
        label_smoothing: assumed share of flipped labels ε, in [0, 0.5).
        p_chosen: in [0, 1], shape (pairs,); None means 1, plain DPO.
    Returns: nats, shape (pairs,); log 2 where policy and reference agree.
    Raises: ValueError if a shape or a scalar is not as stated.
    Source: Rafailov et al. 2023, arXiv:2305.18290, eq. 7; smoothing: Mitchell 2023 (cDPO), eq. 3.
    """
    margin = dpo_margin(policy, reference, beta=beta)
    return sigmoid_loss(margin, p_chosen=p_chosen, label_smoothing=label_smoothing)


def dpo_margin(policy: PairLogProbs, reference: PairLogProbs, *, beta: float) -> Tensor:
    """The difference of the implied rewards; positive where the policy prefers chosen.

    Args:
        policy, reference: log-probs in nats, shape (pairs,), both sums over completion tokens or
            both means.
        beta: strength of the pull towards the reference; above 0.
    Returns: nats, shape (pairs,), with the policy's gradient; 0 where policy and reference agree.
    Raises: ValueError if a shape or a scalar is not as stated.
    Source: Rafailov et al. 2023, arXiv:2305.18290, inside the sigmoid of eq. 7.
    """
    rewards = implied_rewards(policy, reference, beta=beta)
    return rewards.chosen - rewards.rejected


def apo_zero_loss(rewards: PairRewards) -> Tensor:
    """1 - σ(r_chosen) + σ(r_rejected): chosen becomes likelier and rejected less likely.

    For completions that are better than what the policy says itself.

    Args: rewards: of `implied_rewards`, each of shape (pairs,).
    Returns: shape (pairs,), in [0, 2]; 1 where policy and reference agree.
    Source: D'Oosterlinck et al. 2024, arXiv:2408.06266.
    """
    return 1 - torch.sigmoid(rewards.chosen) + torch.sigmoid(rewards.rejected)


def apo_down_loss(rewards: PairRewards) -> Tensor:
    """σ(r_chosen) + 1 - σ(r_chosen - r_rejected): both become less likely, rejected more so.

    For completions that are worse than what the policy says itself.

    Args: rewards: of `implied_rewards`, each of shape (pairs,).
    Returns: shape (pairs,), in [0, 2]; 1 where policy and reference agree.
    Source: D'Oosterlinck et al. 2024, arXiv:2408.06266.
    """
    return torch.sigmoid(rewards.chosen) + 1 - torch.sigmoid(rewards.chosen - rewards.rejected)


def kto_loss(
    log_ratio: Tensor,
    is_desirable: Tensor,
    *,
    beta: float,
    z: float,
    desirable_weight: float = 1.0,
    undesirable_weight: float = 1.0,
) -> Tensor:
    """Kahneman–Tversky Optimization: gains and losses against what is usual, for single thumbs.

    λ_D (1 - σ(β (h - z))) for a desirable completion, λ_U (1 - σ(β (z - h))) for another, with h
    its log-ratio.

    Args:
        log_ratio: log π - log π_ref of each completion, summed over its tokens, shape (rows,).
        is_desirable: bool, shape (rows,).
        beta: above 0; smaller is more averse to risk.
        z: the reference point: KL(π ‖ π_ref) in nats a completion, at least 0, without gradient.
        desirable_weight, undesirable_weight: λ_D and λ_U, above 0; to make up for more thumbs of
            one kind.
    Returns: shape (rows,), in [0, λ].
    Raises: ValueError if a shape or a scalar is not as stated.
    Source: Ethayarajh et al. 2024, arXiv:2402.01306.
    """
    if log_ratio.shape != is_desirable.shape:
        raise ValueError("log_ratio and is_desirable must share one shape")
    if beta <= 0 or z < 0:
        raise ValueError(f"{beta=} or {z=} is out of range")
    gain = beta * (log_ratio - z)
    desirable = desirable_weight * (1 - torch.sigmoid(gain))
    undesirable = undesirable_weight * (1 - torch.sigmoid(-gain))
    return torch.where(is_desirable, desirable, undesirable)


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
