"""Losses over pairs of scores; that of the preference itself is `margins.sigmoid_loss`."""

from __future__ import annotations

from torch import Tensor


def centring_loss(chosen: Tensor, rejected: Tensor) -> Tensor:
    """(s_chosen + s_rejected)²: draws scores, which have no zero, around 0.

    Args: chosen, rejected: scores of the two sides, shape (pairs,).
    Returns: squared units of score, shape (pairs,), at least 0.
    Source: Eisenstein et al. 2023, arXiv:2312.09244.
    """
    return (chosen + rejected) ** 2
