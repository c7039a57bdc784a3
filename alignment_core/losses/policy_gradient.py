"""Losses over the tokens, or the whole sequences, that a policy sampled itself.

They are minimised: the surrogate is the negative of what the papers maximise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from alignment_core.forward.log_probs import sum_rows

LARGEST_LOG_RATIO = 20.0  # nats; where exp() would let one token outweigh all others


class ClippedSurrogate(NamedTuple):
    """The clipped loss with what one wants to know of it; all of the shape of the log-probs."""

    loss: Tensor  # with gradient
    ratio: Tensor  # π / π_old, no gradient
    is_clipped_low: Tensor  # bool: the bound below took the gradient away
    is_clipped_high: Tensor  # bool: the bound above did


def clipped_surrogate(
    log_prob: Tensor,
    old_log_prob: Tensor,
    advantage: Tensor,
    *,
    clip_low: float,
    clip_high: float,
    dual_clip: float | None = None,
) -> ClippedSurrogate:
    """PPO's surrogate max(-A ρ, -A clip(ρ, 1 - ε_low, 1 + ε_high)) with ρ = π / π_old.

    Args:
        log_prob: of each sampled token, or summed over each sequence, in nats, any shape.
        old_log_prob: the same under the policy that sampled, no gradient.
        advantage: how much better than expected, no gradient.
        clip_low, clip_high: ε on either side, in (0, 1) and above 0; equal in PPO, wider above
            in DAPO ("clip-higher").
        dual_clip: where A < 0, the loss is at most -A times this, above 1; None leaves it out.
    Returns: not reduced, shape of `log_prob`; where ρ = 1 the loss is -A. ρ counts as at most e^20,
        which only where A < 0 takes a gradient away that no clip does.
    Raises: ValueError if a shape or a scalar is not as stated.
    Source: Schulman et al. 2017, arXiv:1707.06347, eq. 7; asymmetric: Yu et al. 2025 (DAPO),
        arXiv:2503.14476, eq. 8; dual clip: Ye et al. 2020, arXiv:1912.09729, eq. 5.
    """
    if not log_prob.shape == old_log_prob.shape == advantage.shape:
        raise ValueError("log_prob, old_log_prob and advantage must share one shape")
    if not 0 < clip_low < 1 or clip_high <= 0 or (dual_clip is not None and dual_clip <= 1):
        raise ValueError(f"{clip_low=}, {clip_high=} or {dual_clip=} is out of range")
    log_ratio = (log_prob - old_log_prob).clamp(-LARGEST_LOG_RATIO, LARGEST_LOG_RATIO)
    ratio = log_ratio.exp()
    free = -advantage * ratio
    loss = torch.maximum(free, -advantage * ratio.clamp(1 - clip_low, 1 + clip_high))
    if dual_clip is not None:
        loss = torch.where(advantage < 0, torch.minimum(loss, -advantage * dual_clip), loss)
    held = ratio.detach()
    return ClippedSurrogate(
        loss=loss,
        ratio=held,
        is_clipped_low=(held < 1 - clip_low) & (advantage < 0),
        is_clipped_high=(held > 1 + clip_high) & (advantage > 0),
    )


def sequence_surrogate(
    log_prob: Tensor,
    old_log_prob: Tensor,
    advantage: Tensor,
    lengths: Sequence[int],
    *,
    clip_low: float,
    clip_high: float,
    dual_clip: float | None = None,
) -> ClippedSurrogate:
    """GSPO's surrogate: PPO's, of the geometric mean of a sequence's ratios.

    s = exp(mean over tokens of log π - log π_old) is clipped as a whole, so either all tokens of a
    sequence teach or none, and a long sequence's ratio is no noisier than a short one's.

    Args:
        log_prob: of each sampled token, sequence after sequence, in nats, shape (tokens,).
        old_log_prob: the same under the policy that sampled, no gradient.
        advantage: of each sequence, no gradient, shape (sequences,).
        lengths: tokens of each sequence, at least 1, adding up to all tokens.
        clip_low, clip_high: ε on either side, in (0, 1) and above 0; far smaller than a token's,
            since s is a mean: the paper's are 0.0003 and 0.0004.
        dual_clip: as of `clipped_surrogate`.
    Returns: not reduced, of shape (sequences,); where s = 1 the loss is -A.
    Raises: ValueError if a shape or a scalar is not as stated.
    Source: Zheng et al. 2025 (GSPO), arXiv:2507.18071, eq. 5 and 7.
    """
    if log_prob.shape != old_log_prob.shape or sum(lengths) != log_prob.numel():
        raise ValueError("log_prob and old_log_prob must share one shape, that of all tokens")
    if advantage.shape != (len(lengths),) or min(lengths, default=1) < 1:
        raise ValueError("advantage and lengths must be of every sequence")
    n_tokens = torch.tensor(lengths, dtype=log_prob.dtype, device=log_prob.device)
    return clipped_surrogate(
        sum_rows(log_prob, lengths) / n_tokens,
        sum_rows(old_log_prob, lengths) / n_tokens,
        advantage,
        clip_low=clip_low,
        clip_high=clip_high,
        dual_clip=dual_clip,
    )


def cispo_surrogate(
    log_prob: Tensor, old_log_prob: Tensor, advantage: Tensor, *, clip_high: float
) -> ClippedSurrogate:
    """CISPO's surrogate: REINFORCE whose importance weight is clipped, -sg(min(ρ, 1 + ε)) A log π.

    No token loses its gradient, as those do that PPO clips; a token whose ratio has grown beyond
    1 + ε only weighs no more than that.

    Args:
        log_prob: of each sampled token, in nats, any shape.
        old_log_prob: the same under the policy that sampled, no gradient.
        advantage: how much better than expected, no gradient.
        clip_high: ε, above 0. The ratio is not bounded below, as in the paper's experiments. TRL
            gives the bound itself: its `epsilon_high` is 1 + ε.
    Returns: not reduced, shape of `log_prob`; -A log π where ρ = 1. `is_clipped_high` says whose
        weight was held and A above 0; `is_clipped_low` is always False.
    Raises: ValueError if a shape or a scalar is not as stated.
    Source: MiniMax 2025 (CISPO), arXiv:2506.13585, eq. 4 and 5.
    """
    if not log_prob.shape == old_log_prob.shape == advantage.shape:
        raise ValueError("log_prob, old_log_prob and advantage must share one shape")
    if clip_high <= 0:
        raise ValueError(f"{clip_high=} is out of range")
    log_ratio = (log_prob.detach() - old_log_prob).clamp(-LARGEST_LOG_RATIO, LARGEST_LOG_RATIO)
    ratio = log_ratio.exp()
    is_held = ratio > 1 + clip_high
    return ClippedSurrogate(
        loss=-ratio.clamp(max=1 + clip_high) * advantage * log_prob,
        ratio=ratio,
        is_clipped_low=torch.zeros_like(is_held),
        is_clipped_high=is_held & (advantage > 0),
    )


class ClippedValueLoss(NamedTuple):
    """The value loss, with gradient, and where its clip took hold; both of shape (tokens,)."""

    loss: Tensor
    is_clipped: Tensor


def clipped_value_loss(
    value: Tensor, old_value: Tensor, returns: Tensor, *, clip: float
) -> ClippedValueLoss:
    """½ max((V - R)², (clip(V, V_old ± c) - R)²).

    Args:
        value: of each token's state, with gradient; old_value: when it was sampled;
        returns: what it should be; each of shape (tokens,), in units of reward.
        clip: c, how far a value may move from the old one, above 0.
    Returns: in squared units of reward, not reduced.
    Raises: ValueError if a shape or a scalar is not as stated.
    Source: Stiennon et al. 2020, arXiv:2009.01325, after OpenAI Baselines' PPO2.
    """
    if not value.shape == old_value.shape == returns.shape:
        raise ValueError("value, old_value and returns must share one shape")
    if clip <= 0:
        raise ValueError(f"{clip=} is out of range")
    free = (value - returns).square()
    held = (old_value + (value - old_value).clamp(-clip, clip) - returns).square()
    return ClippedValueLoss(0.5 * torch.maximum(free, held), (held > free).detach())


def kl_penalty(policy: Tensor, reference: Tensor, *, estimator: str) -> Tensor:
    """An estimate of KL(π ‖ π_ref) from each token that π sampled.

    With Δ = log π - log π_ref: "k1" is Δ (its mean is the KL; may be below 0), "k2" is Δ²/2 (its
    gradient's mean is the KL's gradient), "k3" is exp(-Δ) - 1 + Δ (its mean is the KL and it is at
    least 0; its gradient's mean is that of KL(π_ref ‖ π)), and "k3_k2" has the value of k3 and
    the gradient of k2.

    Nothing is bounded, so the penalty keeps growing however far the policy goes. Only exp(-Δ) goes
    on along its tangent where Δ < -20, which a token that π sampled is with a probability of
    e^-20 at most: there it would exceed float32 and end the run.

    Args:
        policy, reference: log-probs of the sampled tokens, in nats, any one shape.
        estimator: k1, k2, k3 or k3_k2. In a reward use k1 or k3; as a loss not k1, whose
            gradient has mean 0.
    Returns: nats, shape of `policy`, with the policy's gradient.
    Raises: ValueError if the shapes differ or the estimator is not known.
    Source: Schulman 2020, "Approximating KL divergence"; k3 as a loss: Shao et al. 2024 (GRPO),
        arXiv:2402.03300, eq. 4.
    """
    if policy.shape != reference.shape:
        raise ValueError("policy and reference must share one shape")
    log_ratio = policy - reference
    if estimator == "k1":
        return log_ratio
    if estimator == "k2":
        return 0.5 * log_ratio.square()
    if estimator not in ("k3", "k3_k2"):
        raise ValueError(f"{estimator=} is not known")
    near = log_ratio.clamp(min=-LARGEST_LOG_RATIO)
    k3 = torch.expm1(-near) + log_ratio + torch.exp(-near) * (near - log_ratio)
    if estimator == "k3":
        return k3
    k2 = 0.5 * log_ratio.square()
    return k2 + (k3 - k2).detach()
