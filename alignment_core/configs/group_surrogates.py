"""The settings of GRPO's variants whose ratio is another one, or held in another way."""

from __future__ import annotations

from dataclasses import dataclass

from alignment_core.configs.group_relative import GRPOConfig
from alignment_core.configs.options import option


@dataclass(frozen=True, kw_only=True)
class GSPOConfig(GRPOConfig):
    """Group Sequence Policy Optimization: the ratio of a whole answer is clipped, not a token's."""

    surrogate: str = option(
        "sequence",
        help="What is clipped: sequence is the geometric mean of an answer's ratios.",
        source="Zheng et al. 2025",
        choices=("token", "sequence", "cispo"),
    )
    clip_range: float = option(
        3e-4,
        help="How far an answer's ratio may fall below 1, and rise above it where clip_high is 0, "
        "before its gradient is cut off.",
        source="Zheng et al. 2025",
        above=0.0,
        below=1.0,
    )
    clip_high: float = option(
        4e-4,
        help="How far the ratio may rise above 1; 0 means as far as it may fall.",
        source="Zheng et al. 2025",
        minimum=0.0,
        maximum=10.0,
    )
    n_minibatches: int = option(
        4,
        help="Optimizer steps in each pass over a rollout; its prompts are dealt among them.",
        source="Zheng et al. 2025",
        minimum=1,
        maximum=1024,
    )
    kl_coefficient: float = option(
        0.0,
        help="Weight of the KL from the reference in the loss. Keep it above 0 where a reward "
        "model judges, since that can be deceived.",
        source="Zheng et al. 2025",
        minimum=0.0,
        maximum=100.0,
    )


@dataclass(frozen=True, kw_only=True)
class CISPOConfig(GRPOConfig):
    """CISPO: the importance weight is held, not the gradient, so rare tokens go on teaching."""

    surrogate: str = option(
        "cispo",
        help="What is clipped: cispo holds the ratio as a weight, so that every token keeps its "
        "gradient.",
        source="MiniMax 2025",
        choices=("token", "sequence", "cispo"),
    )
    clip_high: float = option(
        4.0,
        help="How far the ratio may rise above 1 as a weight.",
        source="Khatri et al. 2025 (ScaleRL)",
        minimum=0.0,
        maximum=10.0,
    )
    aggregation: str = option(
        "token",
        help="token means over all tokens of the step.",
        source="MiniMax 2025",
        choices=("sequence", "token", "constant"),
    )
    kl_coefficient: float = option(
        0.0,
        help="Weight of the KL from the reference in the loss. Keep it above 0 where a reward "
        "model judges, since that can be deceived.",
        source="MiniMax 2025",
        minimum=0.0,
        maximum=100.0,
    )
