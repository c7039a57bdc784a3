"""The settings of GRPO and its variants, which learn from groups of samples."""

from __future__ import annotations

from dataclasses import dataclass

from alignment_core.configs.combinations import refuse_together, refuse_unless
from alignment_core.configs.options import option
from alignment_core.configs.policy_gradient import PolicyGradientConfig
from alignment_core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class GRPOConfig(PolicyGradientConfig):
    """Group Relative Policy Optimization: advantages in units of the group's own deviation."""

    n_samples: int = option(
        8,
        help="Samples of each prompt: a group.",
        source="TRL; Shao et al. 2024 take 64",
        minimum=2,
        maximum=256,
    )
    surrogate: str = option(
        "token",
        help="What is clipped: token is the ratio of each token, as in PPO; sequence is the "
        "geometric mean of an answer's ratios (GSPO); cispo holds the ratio as a weight, so that "
        "every token keeps its gradient.",
        source="Shao et al. 2024; sequence is Zheng et al. 2025 (GSPO), cispo MiniMax 2025",
        choices=("token", "sequence", "cispo"),
    )
    kl_coefficient: float = option(
        0.04,
        help="Weight of the KL from the reference in the loss. Keep it above 0 where a reward "
        "model judges, since that can be deceived.",
        source="Shao et al. 2024",
        minimum=0.0,
        maximum=100.0,
    )
    kl_estimator: str = option(
        "k3",
        help="Estimate of the KL in the loss. The mean gradient of k3 is that of "
        "KL(reference, policy); k2's is that of KL(policy, reference), and so is k3_k2's, which "
        "shows k3's value.",
        source="Shao et al. 2024, eq. 4",
        choices=("k2", "k3", "k3_k2"),
    )
    divide_by_deviation: bool = option(
        True,
        help="Divide advantages by the standard deviation of their group's rewards.",
        source="Shao et al. 2024; off it is Liu et al. 2025 (Dr. GRPO)",
    )
    deviation_epsilon: float = option(
        1e-4,
        help="Added to the standard deviation.",
        source="TRL",
        above=0.0,
        maximum=1.0,
    )
    aggregation: str = option(
        "sequence",
        help="sequence means over each sample's tokens, then over samples, so that long samples "
        "weigh less a token; token means over all tokens of the step; constant divides the sum "
        "over tokens by samples times max_new_tokens.",
        source="Shao et al. 2024; token is Yu et al. 2025 (DAPO), constant Liu et al. 2025 "
        "(Dr. GRPO)",
        choices=("sequence", "token", "constant"),
    )
    overlong_buffer: float = option(
        0.0,
        help="Share of max_new_tokens, at its end, over which the reward falls by "
        "overlong_penalty; 0 punishes no length.",
        source="Shao et al. 2024; above 0 it is Yu et al. 2025 (DAPO)",
        minimum=0.0,
        maximum=1.0,
    )
    overlong_penalty: float = option(
        1.0,
        help="What a sample of max_new_tokens loses, with an overlong_buffer.",
        source="Yu et al. 2025 (DAPO)",
        minimum=0.0,
        maximum=1e6,
    )
    dynamic_sampling: bool = option(
        False,
        help="Leave out prompts whose samples earn nearly the same, and sample others instead.",
        source="Shao et al. 2024; on it is Yu et al. 2025 (DAPO)",
    )
    dynamic_threshold: float = option(
        0.1,
        help="Share of its running value below which a group's standard deviation of the task "
        "reward counts as none.",
        source="ours: exact equality never happens with continuous rewards",
        minimum=0.0,
        maximum=1.0,
    )
    max_sampling_rounds: int = option(
        10,
        help="Rounds of sampling for one rollout. What it holds by then is learnt from; if that is "
        "nothing the run ends.",
        source="ours: verl's recipe of DAPO takes 10 as well, and fails where they do not do",
        minimum=1,
        maximum=1000,
    )

    @property
    def n_overlong_tokens(self) -> int:
        """The last tokens of the longest sample over which the reward falls; 0 for none."""
        if self.overlong_buffer == 0:
            return 0
        return max(1, round(self.overlong_buffer * self.max_new_tokens))

    def __post_init__(self) -> None:
        super().__post_init__()
        self._refuse_what_would_be_ignored()
        self._check_surrogate()

    def _check_surrogate(self) -> None:
        """A surrogate of whole answers, and one whose weight alone is held, need other clips."""
        if self.surrogate == "sequence" and self.aggregation != "sequence":
            refuse_together(
                self, "aggregation", "surrogate", why="a loss of whole answers is a mean over them"
            )
        is_cispo = self.surrogate == "cispo"
        refuse_unless(
            self,
            ["clip_range", "dual_clip"],
            holds=not is_cispo,
            other="surrogate",
            why="it holds a ratio from above alone",
        )
        if is_cispo and self.clip_high == 0:
            raise ConfigError(
                "clip_high",
                self.clip_high,
                "clip_high must be above 0 with surrogate 'cispo': it is how far the ratio may "
                "rise above 1",
            )

    def _refuse_what_would_be_ignored(self) -> None:
        refuse_unless(
            self,
            ["kl_estimator"],
            holds=self.kl_coefficient > 0,
            other="kl_coefficient",
            why="the KL does not count",
        )
        refuse_unless(
            self,
            ["deviation_epsilon"],
            holds=self.divide_by_deviation,
            other="divide_by_deviation",
            why="nothing is divided",
        )
        refuse_unless(
            self,
            ["overlong_penalty"],
            holds=self.overlong_buffer > 0,
            other="overlong_buffer",
            why="no length is punished",
        )
        refuse_unless(
            self,
            ["dynamic_threshold", "max_sampling_rounds"],
            holds=self.dynamic_sampling,
            other="dynamic_sampling",
            why="every prompt is kept",
        )


@dataclass(frozen=True, kw_only=True)
class DrGRPOConfig(GRPOConfig):
    """GRPO done right: no division by deviation or by length, so neither biases what is learnt."""

    divide_by_deviation: bool = option(
        False,
        help="Divide advantages by the standard deviation of their group's rewards.",
        source="Liu et al. 2025",
    )
    aggregation: str = option(
        "constant",
        help="constant divides the sum over tokens by samples times max_new_tokens.",
        source="Liu et al. 2025",
        choices=("sequence", "token", "constant"),
    )
    kl_coefficient: float = option(
        0.0,
        help="Weight of the KL from the reference in the loss. Keep it above 0 where a reward "
        "model judges, since that can be deceived.",
        source="Liu et al. 2025",
        minimum=0.0,
        maximum=100.0,
    )


@dataclass(frozen=True, kw_only=True)
class DAPOConfig(GRPOConfig):
    """DAPO: GRPO with clip-higher, dynamic sampling, a token-level loss and soft length limits."""

    n_samples: int = option(
        16,
        help="Samples of each prompt: a group.",
        source="Yu et al. 2025",
        minimum=2,
        maximum=256,
    )
    clip_high: float = option(
        0.28,
        help="How far the ratio may rise above 1; 0 means as far as it may fall.",
        source="Yu et al. 2025",
        minimum=0.0,
        maximum=10.0,
    )
    kl_coefficient: float = option(
        0.0,
        help="Weight of the KL from the reference in the loss. Keep it above 0 where a reward "
        "model judges, since that can be deceived.",
        source="Yu et al. 2025",
        minimum=0.0,
        maximum=100.0,
    )
    aggregation: str = option(
        "token",
        help="token means over all tokens of the step.",
        source="Yu et al. 2025",
        choices=("sequence", "token", "constant"),
    )
    overlong_buffer: float = option(
        0.2,
        help="Share of max_new_tokens, at its end, over which the reward falls by "
        "overlong_penalty; 0 punishes no length.",
        source="Yu et al. 2025",
        minimum=0.0,
        maximum=1.0,
    )
    dynamic_sampling: bool = option(
        True,
        help="Leave out prompts whose samples earn nearly the same, and sample others instead.",
        source="Yu et al. 2025",
    )
