"""Losses over the margin d of a pair: how far the reward of chosen is above that of rejected.

Where p is the probability that chosen is preferred, each loss is its own expectation over which of
the two was, so that p = 1 is the published loss and p = ½ favours neither.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def sigmoid_loss(
    margin: Tensor, *, p_chosen: Tensor | None = None, label_smoothing: float = 0.0
) -> Tensor:
    """Negative log-likelihood under Bradley–Terry: -p log σ(d) - (1 - p) log σ(-d).

    It is least at d = log(p / (1 - p)), so a contested pair is not pushed for ever.

    Args:
        margin: shape (pairs,).
        p_chosen: in [0, 1], shape (pairs,); None means 1.
        label_smoothing: assumed share of flipped labels ε, in [0, 0.5): p becomes
            p (1 - ε) + (1 - p) ε.
    Returns: nats, shape (pairs,); log 2 at d = 0.
    Raises: ValueError if a shape or a scalar is not as stated.
    Source: Bradley & Terry 1952; of reward models: Stiennon et al. 2020, arXiv:2009.01325; of
        policies: Rafailov et al. 2023, arXiv:2305.18290, eq. 7; smoothing: Mitchell 2023 (cDPO),
        eq. 3.
    """
    _check_share("label_smoothing", label_smoothing)
    p_chosen = _smoothed(chosen_probabilities(p_chosen, margin), label_smoothing)
    return -p_chosen * F.logsigmoid(margin) - (1 - p_chosen) * F.logsigmoid(-margin)


def robust_loss(
    margin: Tensor, *, label_smoothing: float, p_chosen: Tensor | None = None
) -> Tensor:
    """The sigmoid loss with the effect of flipped labels taken out again, without bias.

    [(1 - ε) L(d) - ε L(-d)] / (1 - 2ε) with L(d) = -log σ(d). Its slope tends to
    -ε / (1 - 2ε) instead of 0, so it is not bounded below and never stops pushing: stop early,
    and keep ε small.

    Args:
        margin, p_chosen: as of `sigmoid_loss`.
        label_smoothing: share of flipped labels ε, in [0, 0.5).
    Returns: nats, shape (pairs,); log 2 at d = 0.
    Raises: ValueError if a shape or a scalar is not as stated.
    Source: Chowdhury et al. 2024 (rDPO), arXiv:2403.00409.
    """
    _check_share("label_smoothing", label_smoothing)
    p_chosen = chosen_probabilities(p_chosen, margin)
    debiased = (p_chosen - label_smoothing) / (1 - 2 * label_smoothing)
    return -debiased * F.logsigmoid(margin) - (1 - debiased) * F.logsigmoid(-margin)


def hinge_loss(margin: Tensor) -> Tensor:
    """max(0, 1 - d): nothing is learnt from a pair that is far enough apart.

    Args:
        margin: d, any shape, such as (pairs,).
    Returns: in the unit of the margin, of its shape, at least 0; 1 at d = 0.
    Source: Zhao et al. 2023 (SLiC-HF), arXiv:2305.10425; with implied rewards: Liu et al. 2023
        (RSO), arXiv:2309.06657.
    """
    return F.relu(1 - margin)


def ipo_loss(log_ratio_margin: Tensor, *, tau: float, p_chosen: Tensor | None = None) -> Tensor:
    """Identity Preference Optimization: the log-ratio margin h is drawn to 1 / 2τ, not beyond.

    p (h - 1/2τ)² + (1 - p) (h + 1/2τ)², least at (2p - 1) / 2τ.

    Args:
        log_ratio_margin: difference of the log-ratios to the reference, not times beta, shape
            (pairs,). Its authors confirmed that a log-ratio is here the mean over a completion's
            tokens; with the sum, the same τ means a pull that depends on the length.
        tau: strength of the pull towards the reference; above 0.
        p_chosen: in [0, 1], shape (pairs,); None means 1.
    Returns: squared nats, shape (pairs,).
    Raises: ValueError if a shape or a scalar is not as stated.
    Source: Azar et al. 2023, arXiv:2310.12036, eq. 17.
    """
    if tau <= 0:
        raise ValueError(f"{tau=} is out of range")
    p_chosen = chosen_probabilities(p_chosen, log_ratio_margin)
    goal = 1 / (2 * tau)
    ahead, behind = (log_ratio_margin - goal) ** 2, (log_ratio_margin + goal) ** 2
    return p_chosen * ahead + (1 - p_chosen) * behind


def exo_pair_loss(
    margin: Tensor, *, label_smoothing: float, p_chosen: Tensor | None = None
) -> Tensor:
    """Efficient Exact Optimization of two answers: KL of the policy's preference from people's.

    With q = σ(d) and p, smoothed, the probability that chosen is preferred, it is
    q log(q / p) + (1 - q) log((1 - q) / (1 - p)): the other direction than the sigmoid loss, so a
    policy would rather be sure of one side than spread over both. Least, 0, at
    d = log(p / (1 - p)).

    Args:
        margin, p_chosen: as of `sigmoid_loss`.
        label_smoothing: assumed share of flipped labels ε, in (0, 0.5): p becomes
            p (1 - ε) + (1 - p) ε, since a p of 1 is infinitely far from any policy. The paper's
            is 0.001.
    Returns: nats, shape (pairs,), at least 0.
    Raises: ValueError if a shape or a scalar is not as stated.
    Source: Ji et al. 2024 (EXO), arXiv:2402.00856, eq. 16.
    """
    if not 0 < label_smoothing < 0.5:
        raise ValueError(f"{label_smoothing=} is out of range")
    p_chosen = _smoothed(chosen_probabilities(p_chosen, margin), label_smoothing)
    log_q, log_not_q = F.logsigmoid(margin), F.logsigmoid(-margin)
    ahead = log_q.exp() * (log_q - p_chosen.log())
    return ahead + log_not_q.exp() * (log_not_q - (1 - p_chosen).log())


def chosen_probabilities(p_chosen: Tensor | None, margin: Tensor) -> Tensor:
    """The probability that chosen is preferred, 1 unless it is given.

    Args:
        p_chosen: in [0, 1], shape (pairs,), or None. margin: of the pairs, shape (pairs,).
    Raises: ValueError if the shapes differ.
    """
    if p_chosen is None:
        return torch.ones_like(margin)
    if p_chosen.shape != margin.shape:
        raise ValueError("p_chosen and margin must share one shape")
    return p_chosen


def _smoothed(p_chosen: Tensor, label_smoothing: float) -> Tensor:
    return p_chosen * (1 - label_smoothing) + (1 - p_chosen) * label_smoothing


def _check_share(name: str, value: float) -> None:
    if not 0 <= value < 0.5:
        raise ValueError(f"{name}={value} is out of range")
