"""Losses over pairs of log-probs."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from alignment_core.log_probs import PairLogProbs


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
    -p log σ(d) - (1 - p) log σ(-d); it is least at d = log(p / (1 - p)), so a contested pair is
    not pushed for ever.

    Args:
        policy, reference: log-probs summed over completion tokens, in nats, shape (pairs,).
        beta: strength of the pull towards the reference; above 0.
        label_smoothing: assumed share of flipped labels ε, in [0, 0.5): p becomes
            p (1 - ε) + (1 - p) ε.
        p_chosen: in [0, 1], shape (pairs,); None means 1, plain DPO.
    Returns: nats, shape (pairs,); log 2 where policy and reference agree.
    Raises: ValueError if a shape or a scalar is not as stated.
    Source: Rafailov et al. 2023, arXiv:2305.18290, eq. 7; smoothing: Mitchell 2023 (cDPO), eq. 3.
    """
    if len({log_prob.shape for log_prob in (*policy, *reference)}) != 1:
        raise ValueError("policy and reference log_probs must share one shape")
    if beta <= 0 or not 0 <= label_smoothing < 0.5:
        raise ValueError(f"{beta=} or {label_smoothing=} is out of range")
    margin = dpo_margin(policy, reference, beta=beta)
    if p_chosen is None:
        p_chosen = margin.new_ones(margin.shape)
    if p_chosen.shape != margin.shape:
        raise ValueError("p_chosen and log_probs must share one shape")
    p_chosen = p_chosen * (1 - label_smoothing) + (1 - p_chosen) * label_smoothing
    return -p_chosen * F.logsigmoid(margin) - (1 - p_chosen) * F.logsigmoid(-margin)


def dpo_margin(policy: PairLogProbs, reference: PairLogProbs, *, beta: float) -> Tensor:
    """β times the difference of the log-ratios of chosen and rejected, shape (pairs,).

    It is the difference of the rewards that DPO implies; positive where chosen is preferred.
    """
    return beta * ((policy.chosen - policy.rejected) - (reference.chosen - reference.rejected))
