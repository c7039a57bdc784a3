"""The weight of the entropy bonus, steered towards a target."""

from __future__ import annotations

LARGEST_COEFFICIENT = 1.0


def next_entropy_coefficient(
    coefficient: float, *, entropy: float, target: float, step: float
) -> float:
    """The coefficient for the next rollout: a step higher below the target, a step lower above it.

    It acts only while entropy is at most the target: see `acting_entropy_coefficient`.

    Args:
        coefficient: of this rollout, in [0, 1].
        entropy: mean over the tokens of this rollout, in nats.
        target: nats a token, above 0. step: above 0.
    Returns: in [0, 1].
    Raises: ValueError if a scalar is not as stated.
    Source: He et al. 2025 (Skywork-OR1), arXiv:2505.22312, section 3.3; bounds as TRL's defaults.
    """
    if not 0 <= coefficient <= LARGEST_COEFFICIENT or target <= 0 or step <= 0:
        raise ValueError(f"{coefficient=}, {target=} or {step=} is out of range")
    moved = coefficient + step if entropy <= target else coefficient - step
    return min(max(moved, 0.0), LARGEST_COEFFICIENT)


def acting_entropy_coefficient(coefficient: float, *, entropy: float, target: float) -> float:
    """The coefficient where entropy is at most the target; 0 above it.

    Args:
        coefficient: in [0, 1]. entropy: of the rollout before, in nats a token.
        target: nats a token; 0 for none, so that the coefficient always acts.
    Source: as `next_entropy_coefficient`.
    """
    return coefficient if target == 0 or entropy <= target else 0.0
