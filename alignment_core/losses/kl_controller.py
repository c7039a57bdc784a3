"""The weight of the KL penalty, steered towards a target."""

from __future__ import annotations

LARGEST_ERROR = 0.2


def next_kl_coefficient(
    coefficient: float, *, kl: float, target: float, n_sequences: int, horizon: float
) -> float:
    """The coefficient for the next rollout: c (1 + clip(KL / target - 1, ±0.2) n / horizon).

    Args:
        coefficient: of this rollout, at least 0.
        kl, target: nats a SEQUENCE, not a token; the target above 0.
        n_sequences: sampled in this rollout. horizon: in sequences, above 0.
    Returns: at least 0 where n_sequences is at most five horizons.
    Raises: ValueError if the target or the horizon is not above 0.
    Source: Ziegler et al. 2019, arXiv:1909.08593, section 2.2.
    """
    if target <= 0 or horizon <= 0:
        raise ValueError(f"{target=} or {horizon=} is out of range")
    error = min(max(kl / target - 1, -LARGEST_ERROR), LARGEST_ERROR)
    return coefficient * (1 + error * n_sequences / horizon)
