"""Losses that know ties: the probability of a win, a loss or a tie from the margin of a pair.

Both models have one more parameter ν, which says how often people call a tie. Ties draw the margin
to 0 instead of saying nothing, and a likelihood over all votes needs no rule for what a tie is
worth.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


class VoteShares(NamedTuple):
    """Shares of a pair's votes, which add up to 1; each of shape (pairs,)."""

    win: Tensor
    loss: Tensor
    tie: Tensor


def davidson_log_probs(margin: Tensor, *, nu: float) -> VoteShares:
    """Log-probabilities of win, loss and tie under Davidson's model.

    P(win) = 1 / (1 + e^-d + 2ν e^(-d/2)), and P(tie) = 2ν e^(-d/2) P(win), where a tie is at its
    likeliest at d = 0, with probability ν / (1 + ν).

    Args:
        margin: d, shape (pairs,).
        nu: above 0; 1 makes half of all votes between equals ties.
    Returns: nats, each of shape (pairs,), at most 0.
    Raises: ValueError if nu is out of range.
    Source: Davidson 1970; of language models: Chen et al. 2024, arXiv:2409.17431.
    """
    if nu <= 0:
        raise ValueError(f"{nu=} is out of range")
    tie_over_win = math.log(2 * nu) - margin / 2
    win = -torch.logsumexp(torch.stack([torch.zeros_like(margin), -margin, tie_over_win]), 0)
    return VoteShares(win=win, loss=win - margin, tie=win + tie_over_win)


def rao_kupper_log_probs(margin: Tensor, *, nu: float) -> VoteShares:
    """Log-probabilities of win, loss and tie under the model of Rao and Kupper.

    P(win) = σ(d - log ν) and P(loss) = σ(-d - log ν): a difference that is smaller than log ν is
    not noticed. The rest is P(tie) = (ν² - 1) P(win) P(loss), at d = 0 it is (ν - 1) / (ν + 1).

    Args:
        margin: d, shape (pairs,).
        nu: above 1; 3 makes half of all votes between equals ties.
    Returns: nats, each of shape (pairs,), at most 0.
    Raises: ValueError if nu is out of range.
    Source: Rao & Kupper 1967; of language models: Chen et al. 2024, arXiv:2409.17431.
    """
    if nu <= 1:
        raise ValueError(f"{nu=} is out of range")
    win, loss = F.logsigmoid(margin - math.log(nu)), F.logsigmoid(-margin - math.log(nu))
    return VoteShares(win=win, loss=loss, tie=math.log(nu**2 - 1) + win + loss)


def votes_loss(log_probs: VoteShares, shares: VoteShares) -> Tensor:
    """Negative log-likelihood of a pair's votes, divided by their number.

    Args:
        log_probs: of win, loss and tie under a model, in nats, each of shape (pairs,).
        shares: of the votes for each, adding up to 1, each of shape (pairs,).
    Returns: nats, shape (pairs,): minus the sum of share times log-probability.
    Raises: ValueError if the shapes differ.
    """
    if len({values.shape for values in (*log_probs, *shares)}) != 1:
        raise ValueError("log_probs and shares must share one shape")
    return -(shares.win * log_probs.win + shares.loss * log_probs.loss + shares.tie * log_probs.tie)


def davidson_loss(margin: Tensor, shares: VoteShares, *, nu: float) -> Tensor:
    """`votes_loss` under `davidson_log_probs`.

    Args: margin and nu as `davidson_log_probs`; shares as `votes_loss`.
    Returns: nats, shape (pairs,).
    """
    return votes_loss(davidson_log_probs(margin, nu=nu), shares)


def rao_kupper_loss(margin: Tensor, shares: VoteShares, *, nu: float) -> Tensor:
    """`votes_loss` under `rao_kupper_log_probs`.

    Args: margin and nu as `rao_kupper_log_probs`; shares as `votes_loss`.
    Returns: nats, shape (pairs,).
    """
    return votes_loss(rao_kupper_log_probs(margin, nu=nu), shares)
