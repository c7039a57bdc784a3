"""Losses over log-probs of pairs, relative to a reference."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from alignment_core.forward.log_probs import PairLogProbs
from alignment_core.losses.margins import chosen_probabilities, sigmoid_loss


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


def nca_pair_loss(rewards: PairRewards, *, p_chosen: Tensor | None = None) -> Tensor:
    """Noise Contrastive Alignment of two answers: each side's reward has a goal of its own.

    -p log σ(r_chosen) - (1 - p) log σ(r_rejected) - ½ log σ(-r_chosen) - ½ log σ(-r_rejected). The
    least is at σ(r_chosen) = p / (p + ½): chosen completions do not become less likely, as they
    may where only the difference counts.

    Args:
        rewards: of `implied_rewards`, each of shape (pairs,).
        p_chosen: in [0, 1], shape (pairs,); None means 1.
    Returns: nats, shape (pairs,); 2 log 2 where policy and reference agree.
    Raises: ValueError if a shape is not as stated.
    Source: Chen et al. 2024 (NCA), arXiv:2402.05369, for two answers whose rewards are p and 1 - p.
    """
    p_chosen = chosen_probabilities(p_chosen, rewards.chosen)
    drawn = p_chosen * F.logsigmoid(rewards.chosen) + (1 - p_chosen) * F.logsigmoid(
        rewards.rejected
    )
    held = 0.5 * (F.logsigmoid(-rewards.chosen) + F.logsigmoid(-rewards.rejected))
    return -drawn - held


def sppo_loss(rewards: PairRewards, *, beta: float, p_chosen: Tensor | None = None) -> Tensor:
    """Self-Play Preference Optimization: each log-ratio h is drawn to how often its side wins.

    (h_chosen - (p - ½) / β)² + (h_rejected - (½ - p) / β)², with h = r / β.

    Args:
        rewards: of `implied_rewards` with this β, each of shape (pairs,).
        beta: 1 / η of the paper, above 0; it takes 0.001.
        p_chosen: probability that chosen wins, in [0, 1], shape (pairs,); None means 1, which is
            SPPO with hard labels.
    Returns: squared nats, shape (pairs,); 1 / 2β² where policy and reference agree and p is 1.
    Raises: ValueError if a shape or a scalar is not as stated.
    Source: Wu et al. 2024 (SPPO), arXiv:2405.00675, eq. 4.7.
    """
    if beta <= 0:
        raise ValueError(f"{beta=} is out of range")
    goal = chosen_probabilities(p_chosen, rewards.chosen) - 0.5
    squares = (rewards.chosen - goal).square() + (rewards.rejected + goal).square()
    return squares / beta**2


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
