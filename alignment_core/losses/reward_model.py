"""Losses over pairs of scores."""

from __future__ import annotations

from torch import Tensor

from alignment_core.losses.margins import sigmoid_loss


def bradley_terry_loss(
    chosen: Tensor,
    rejected: Tensor,
    *,
    p_chosen: Tensor | None = None,
    offset: Tensor | None = None,
) -> Tensor:
    """Negative log-likelihood of the preference under Bradley–Terry, one value for each pair.

    With d the difference of the scores less the offset, -p log σ(d) - (1 - p) log σ(-d).

    Args:
        chosen, rejected: scores, shape (pairs,).
        p_chosen: probability that chosen is preferred, in [0, 1], shape (pairs,); None means 1.
        offset: how far chosen should at least be ahead, shape (pairs,); None means 0.
    Returns: nats, shape (pairs,); log 2 where both scores are equal and there is no offset.
    Raises: ValueError if the shapes differ.
    Source: Bradley & Terry 1952; of reward models: Stiennon et al. 2020, arXiv:2009.01325; offset:
        Touvron et al. 2023 (Llama 2), arXiv:2307.09288, eq. 2.
    """
    if chosen.shape != rejected.shape:
        raise ValueError("chosen and rejected scores must share one shape")
    margin = chosen - rejected
    if offset is not None:
        if offset.shape != margin.shape:
            raise ValueError("offset and scores must share one shape")
        margin = margin - offset
    return sigmoid_loss(margin, p_chosen=p_chosen)


def centring_loss(chosen: Tensor, rejected: Tensor) -> Tensor:
    """(s_chosen + s_rejected)², shape (pairs,): draws scores, which have no zero, around 0.

    Source: Eisenstein et al. 2023, arXiv:2312.09244.
    """
    return (chosen + rejected) ** 2
