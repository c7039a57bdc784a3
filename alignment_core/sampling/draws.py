"""Which token a row's draw falls on, the same whatever else is in its batch."""

from __future__ import annotations

import hashlib
import math

import torch
import torch.nn.functional as F
from torch import Tensor


def draws_of_sample(seed: int, step: int, prompt_id: str, index: int, n_draws: int) -> Tensor:
    """The uniform draws of one sample, one for each token.

    Args: seed, step, prompt_id, index: of the sample; they alone decide. n_draws: how many.
    Returns: in [0, 1), float64, shape (n_draws,).
    """
    name = f"{seed}|{step}|{index}|{prompt_id}".encode()
    number = int.from_bytes(hashlib.sha256(name).digest()[:8], "big") >> 1
    generator = torch.Generator().manual_seed(number)
    return torch.rand(n_draws, generator=generator, dtype=torch.float64)


def next_tokens(logits: Tensor, draws: Tensor, *, temperature: float, top_p: float) -> Tensor:
    """The token that each row's draw falls on.

    Args:
        logits: shape (rows, vocabulary). draws: in [0, 1), shape (rows,).
        temperature: 0 takes the likeliest token. top_p: mass that is kept, in (0, 1].
    Returns: int64, shape (rows,).
    Source: nucleus sampling, Holtzman et al. 2020, arXiv:1904.09751.
    """
    if temperature == 0:
        return logits.argmax(-1)
    probabilities = (logits.double() / temperature).softmax(-1)
    if top_p == 1:  # in the order of the vocabulary: sorting it for each token takes longest
        return _place_of_draw(probabilities, draws)
    probabilities, tokens = probabilities.sort(dim=-1, descending=True, stable=True)
    kept = running_sum(probabilities) - probabilities < top_p  # the likeliest is always kept
    place = _place_of_draw(torch.where(kept, probabilities, 0.0), draws)
    return tokens.gather(-1, place.unsqueeze(-1)).squeeze(-1)


def _place_of_draw(probabilities: Tensor, draws: Tensor) -> Tensor:
    """Where a draw falls along the masses of a row, which need not add up to 1; shape (rows,)."""
    mass = running_sum(probabilities)
    threshold = draws.unsqueeze(-1).to(mass.dtype) * mass[:, -1:]
    place = torch.searchsorted(mass, threshold, right=True)
    places = torch.arange(mass.shape[-1], device=mass.device)
    last = torch.where(probabilities > 0, places, 0).amax(-1, keepdim=True)
    return torch.minimum(place, last).squeeze(-1)


def running_sum(values: Tensor) -> Tensor:
    """Sums up to each place of the last dimension, the same bits each time on a GPU too.

    PyTorch has no deterministic cumulative sum there, so it is made of matrix products.
    """
    return running_sum_by_products(values) if values.is_cuda else values.cumsum(-1)


def running_sum_by_products(values: Tensor) -> Tensor:
    """Cumulative sums within blocks, and of what lies before each block; shape as given."""
    n_values = values.shape[-1]
    size = max(1, math.isqrt(n_values))
    n_blocks = -(-n_values // size)
    padded = F.pad(values, (0, n_blocks * size - n_values))
    blocks = padded.view(*values.shape[:-1], n_blocks, size)
    within = blocks @ values.new_ones(size, size).triu()
    before = within[..., -1] @ values.new_ones(n_blocks, n_blocks).triu(1)
    sums: Tensor = (within + before.unsqueeze(-1)).flatten(-2)[..., :n_values].cummax(-1).values
    return sums
