"""Losses over pairs of scores."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def bradley_terry_loss(
    chosen: Tensor, rejected: Tensor, *, p_chosen: Tensor | None = None
) -> Tensor:
    """Negative log-likelihood of the preference under Bradley–Terry, one value for each pair.

    With d the difference of the scores, -p log σ(d) - (1 - p) log σ(-d).

    Args:
        chosen, rejected: scores, shape (pairs,).
        p_chosen: probability that chosen is preferred, in [0, 1], shape (pairs,); None means 1.
    Returns: nats, shape (pairs,); log 2 where both scores are equal.
    Raises: ValueError if the shapes differ.
    Source: Bradley & Terry 1952; of reward models: Stiennon et al. 2020, arXiv:2009.01325.
    """
    if chosen.shape != rejected.shape:
        raise ValueError("chosen and rejected scores must share one shape")
    margin = chosen - rejected
    if p_chosen is None:
        return -F.logsigmoid(margin)
    if p_chosen.shape != margin.shape:
        raise ValueError("p_chosen and scores must share one shape")
    return -p_chosen * F.logsigmoid(margin) - (1 - p_chosen) * F.logsigmoid(-margin)
