"""Heads beside a reward model's score: several for uncertainty, one for each cohort.

Each is the score's own weight plus an offset, so the score stays the mean of all that are there for
uncertainty, and what all people have in common of those for cohorts. The score alone is what plain
`transformers` loads; the offsets lie in a file beside it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from alignment_core.errors import LoadingError

HEADS = "heads.safetensors"


class RewardHeads(nn.Module):
    """Offsets from the score's weight, each of the width of the last hidden state."""

    def __init__(self, width: int, *, n_heads: int, cohorts: Sequence[str], seed: int = 0) -> None:
        """
        Args:
            n_heads: heads for uncertainty, drawn apart with the score's own standard deviation,
                1 / (width + 1); 1 is the score alone.
            cohorts: names; their heads begin at the score.
        """
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        n_apart = n_heads if n_heads > 1 else 0
        drawn = torch.randn(n_apart, width, generator=generator) / (width + 1)
        self.apart = nn.Parameter(drawn)
        self.by_cohort = nn.Parameter(torch.zeros(len(cohorts), width))
        self.cohorts = tuple(cohorts)

    @property
    def is_empty(self) -> bool:
        """Whether there is the score alone."""
        return not (self.apart.numel() or self.by_cohort.numel())

    @property
    def n_apart(self) -> int:
        """Heads for uncertainty; 0 where there is the score alone."""
        return len(self.apart)

    def apart_from_score(self, hidden: Tensor) -> Tensor:
        """How far each head for uncertainty is from the score; 0 on average over the heads.

        Args:
            hidden: last hidden states, or differences of them, shape (rows, width).
        Returns: shape (rows, heads).
        """
        return hidden.to(self.apart.dtype) @ (self.apart - self.apart.mean(0)).T

    def cohort_from_score(self, hidden: Tensor) -> Tensor:
        """How far each cohort's head is from the score, shape (rows, cohorts)."""
        return hidden.to(self.by_cohort.dtype) @ self.by_cohort.T

    def spread(self, hidden: Tensor) -> Tensor:
        """Standard deviation over the heads for uncertainty, at least 0, shape (rows,)."""
        return self.apart_from_score(hidden).std(1, correction=0)

    def tensors(self) -> dict[str, Tensor]:
        """The offsets as they are saved."""
        return {
            name: weight.detach().cpu().contiguous()
            for name, weight in self.named_parameters()
            if weight.numel()
        }

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Put saved offsets back. Raises: LoadingError if they are of other heads."""
        for name, weight in self.named_parameters():
            saved = tensors.get(name, weight[:0])
            if saved.shape != weight.shape:
                raise LoadingError("the saved heads are of another reward model", field="resume")
            weight.data.copy_(saved)

    def save(self, directory: Path) -> None:
        """Write the offsets beside a reward model."""
        metadata = {"cohorts": json.dumps(self.cohorts, ensure_ascii=False)}
        save_file(self.tensors(), directory / HEADS, metadata=metadata)

    @classmethod
    def load(cls, directory: Path) -> RewardHeads | None:
        """The heads beside a reward model; None if it has its score alone. Raises: LoadingError."""
        path = directory / HEADS
        if not path.is_file():
            return None
        try:
            with safe_open(path, framework="pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
                cohorts = json.loads((file.metadata() or {})["cohorts"])
        except (OSError, SafetensorError, ValueError, KeyError) as error:
            raise LoadingError(f"cannot read {path}: {error}", value=str(path)) from error
        width = next(iter(tensors.values())).shape[1]
        heads = cls(width, n_heads=len(tensors.get("apart", ())), cohorts=cohorts)
        heads.restore(tensors)
        return heads


def dropout_spread(hidden: Tensor, weight: Tensor, *, rate: float) -> Tensor:
    """Standard deviation of the score w·h under dropout of h, in closed form.

    Each part of h is kept with probability 1 - rate and then divided by it, so the variance is
    rate / (1 - rate) Σ w² h²: what ever more samples of MC dropout tend to.

    Args:
        hidden: shape (rows, width). weight: of the score's head, shape (width,).
        rate: in [0, 1).
    Returns: at least 0, shape (rows,).
    Raises: ValueError if the rate is out of range.
    Source: Gal & Ghahramani 2016, arXiv:1506.02142, for a linear layer.
    """
    if not 0 <= rate < 1:
        raise ValueError(f"{rate=} is out of range")
    products = hidden.to(weight.dtype) * weight
    return (rate / (1 - rate) * products.square().sum(-1)).sqrt()


def kept_by_dropout(
    indices: Sequence[int], width: int, *, n_sides: int, rate: float, seed: int, step: int
) -> Tensor:
    """What dropout leaves of each hidden state: 0, or 1 / (1 - rate).

    Drawn for each completion from the seed, the step and its record, so that neither micro-batches
    nor processes change it.

    Returns: shape (sides × records, width), all first sides before all second ones.
    """
    kept = [
        np.random.default_rng((seed, step, index, side)).random(width) >= rate
        for side in range(n_sides)
        for index in indices
    ]
    return torch.from_numpy(np.stack(kept)) / (1 - rate)


def bootstrap_halves(n_pairs: int, n_heads: int, *, seed: int) -> Tensor:
    """2 where a head learns from a pair and 0 where it does not, shape (pairs, heads).

    Source: Owen & Eckles 2012, arXiv:1106.2125 (double or nothing), for Osband et al. 2016,
    arXiv:1602.04621.
    """
    generator = np.random.default_rng((seed, n_heads))
    return torch.from_numpy(2.0 * generator.integers(0, 2, size=(n_pairs, n_heads)))
