"""From rewards to advantages: how much better each token or sample was than expected."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

WHITENING_EPSILON = 1e-8


class Advantages(NamedTuple):
    """Of the tokens of one sample; each of shape (tokens,)."""

    advantage: Tensor
    returns: Tensor  # what the values should have been


def generalized_advantages(
    rewards: Tensor, values: Tensor, *, gamma: float, lam: float
) -> Advantages:
    """Generalized Advantage Estimation over one sample, after whose last token V is 0.

    δ_t = r_t + γ V_{t+1} - V_t and A_t = δ_t + γ λ A_{t+1}; the returns are A + V.

    Args:
        rewards: of each token, the score at the last, shape (tokens,).
        values: V before each token, shape (tokens,).
        gamma: discount, in [0, 1]; below 1 a score at the end is worth γ^length, which punishes
            length. lam: λ in [0, 1].
    Returns: advantage and returns, each in units of reward, of shape (tokens,).
    Raises: ValueError if a shape or a scalar is not as stated.
    Source: Schulman et al. 2016, arXiv:1506.02438, eq. 16.
    """
    if rewards.shape != values.shape or rewards.dim() != 1:
        raise ValueError("rewards and values must share the shape (tokens,)")
    if not 0 <= gamma <= 1 or not 0 <= lam <= 1:
        raise ValueError(f"{gamma=} or {lam=} is out of range")
    delta = (rewards + gamma * torch.cat([values[1:], values.new_zeros(1)]) - values).tolist()
    running, advantages = 0.0, [0.0] * len(delta)
    for place in range(len(delta) - 1, -1, -1):  # plain numbers: a tensor op a token is slow
        running = delta[place] + gamma * lam * running
        advantages[place] = running
    advantage = torch.tensor(advantages, dtype=values.dtype, device=values.device)
    return Advantages(advantage, advantage + values)


def whiten(values: Tensor, *, shift_mean: bool = True) -> Tensor:
    """Values with standard deviation 1 and, if `shift_mean`, mean 0, over all that are given.

    Give it the tokens of a whole rollout: whitening parts of it depends on how it was cut.

    Args:
        values: shape (tokens,). A single one has no deviation: its divisor is √1e-8.
        shift_mean: take the mean away; without, it stays where it was.
    Returns: shape (tokens,), without a unit; all 0, or the mean, where all values are equal.
    Source: Ziegler et al. 2019, arXiv:1909.08593; variance with n - 1, as in TRL.
    """
    mean = values.mean()
    variance = values.var(correction=1) if values.numel() > 1 else values.new_zeros(())
    whitened = (values - mean) / (variance + WHITENING_EPSILON).sqrt()
    return whitened if shift_mean else whitened + mean


def leave_one_out_advantages(rewards: Tensor) -> Tensor:
    """Each sample's reward less the mean reward of the other samples of its prompt.

    Args:
        rewards: shape (prompts, samples), at least two samples.
    Returns: shape (prompts, samples); G / (G - 1) × (R - mean); each row sums to 0.
    Raises: ValueError with fewer than two samples.
    Source: Kool et al. 2019; Ahmadian et al. 2024 (RLOO), arXiv:2402.14740, eq. 8.
    """
    n_samples = _check_groups(rewards)
    return (rewards - rewards.mean(1, keepdim=True)) * (n_samples / (n_samples - 1))


def group_advantages(
    rewards: Tensor, *, epsilon: float = 1e-4, divide_by_deviation: bool = True
) -> Tensor:
    """Each sample's reward less its group's mean, in units of the group's standard deviation.

    Args:
        rewards: shape (prompts, samples), at least two samples.
        epsilon: added to the deviation (n - 1), so that equal rewards give 0.
        divide_by_deviation: False is Dr. GRPO, which weighs every prompt alike.
    Returns: shape (prompts, samples).
    Raises: ValueError with fewer than two samples or an epsilon of 0 or less.
    Source: Shao et al. 2024 (GRPO), arXiv:2402.03300, section 4.1.2; without the deviation:
        Liu et al. 2025 (Dr. GRPO), arXiv:2503.20783.
    """
    _check_groups(rewards)
    if epsilon <= 0:
        raise ValueError(f"{epsilon=} is out of range")
    centred = rewards - rewards.mean(1, keepdim=True)
    if not divide_by_deviation:
        return centred
    return centred / (rewards.std(1, keepdim=True, correction=1) + epsilon)


def overlong_penalty(n_tokens: Tensor, *, longest: int, buffer: int) -> Tensor:
    """DAPO's soft punishment of length: 0, then falling to -1 over the last `buffer` tokens.

    Args:
        n_tokens: of each sample, any shape.
        longest: the limit in tokens. buffer: from 1 to `longest`; (longest - buffer) is free.
    Returns: float64, in [-1, 0].
    Raises: ValueError if a scalar is not as stated.
    Source: Yu et al. 2025 (DAPO), arXiv:2503.14476, eq. 13.
    """
    if not 1 <= buffer <= longest:
        raise ValueError(f"{buffer=} must be from 1 to {longest=}")
    excess = n_tokens.double() - (longest - buffer)
    return -(excess / buffer).clamp(0.0, 1.0)


def _check_groups(rewards: Tensor) -> int:
    if rewards.dim() != 2 or rewards.shape[1] < 2:
        raise ValueError("rewards must be of shape (prompts, samples) with two samples or more")
    return rewards.shape[1]
