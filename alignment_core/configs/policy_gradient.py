"""The settings of PPO and RLOO, and what every clipped method has in common."""

from __future__ import annotations

from dataclasses import dataclass

from alignment_core.configs.combinations import refuse_together, refuse_unless
from alignment_core.configs.options import option
from alignment_core.configs.rollouts import RolloutConfig
from alignment_core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class PolicyGradientConfig(RolloutConfig):
    """What the clipped methods have in common."""

    clip_range: float = option(
        0.2,
        help="How far a token's probability ratio may fall below 1, and rise above it where "
        "clip_high is 0, before its gradient is cut off.",
        source="Schulman et al. 2017",
        above=0.0,
        below=1.0,
    )
    clip_high: float = option(
        0.0,
        help="How far the ratio may rise above 1; 0 means as far as it may fall.",
        source="Schulman et al. 2017; above clip_range it is Yu et al. 2025 (clip-higher)",
        minimum=0.0,
        maximum=10.0,
    )
    dual_clip: float = option(
        0.0,
        help="Bound of the ratio for bad samples, above 1; 0 is none.",
        source="Schulman et al. 2017; above 1, usually 3, it is Ye et al. 2020",
        minimum=0.0,
        maximum=100.0,
    )

    entropy_coefficient: float = option(
        0.0,
        help="Weight of the mean entropy of a token, which is taken from the loss so that the "
        "policy goes on trying things; with an entropy_target it is where the weight starts.",
        source="Schulman et al. 2017 use 0.01 elsewhere; language models mostly 0",
        minimum=0.0,
        maximum=1.0,
    )
    entropy_target: float = option(
        0.0,
        help="Nats a token below which the bonus acts, and grows by entropy_step a rollout; above "
        "it shrinks by as much. 0 keeps the weight as it is.",
        source="TRL; above 0 it is He et al. 2025 (Skywork-OR1)",
        minimum=0.0,
        maximum=100.0,
    )
    entropy_step: float = option(
        0.005,
        help="By how much the weight of the entropy moves after a rollout.",
        source="He et al. 2025 (Skywork-OR1)",
        above=0.0,
        maximum=1.0,
    )

    importance_correction: str = option(
        "none",
        help="What to do where the sampler says other log-probs than the trainer: truncate holds "
        "their ratio within bounds as a weight of the loss, mask leaves out what is beyond them, "
        "for each token or for whole answers; none does nothing.",
        source="ours: the sampler is the trainer's own model; TRL masks sequences under vLLM",
        choices=("none", "token_truncate", "token_mask", "sequence_truncate", "sequence_mask"),
    )
    importance_highest: float = option(
        2.0,
        help="Upper bound of the ratio of trainer to sampler.",
        source="Yao et al. 2025",
        minimum=1.0,
        maximum=1e6,
    )
    importance_lowest: float = option(
        0.0,
        help="Lower bound of the ratio of trainer to sampler.",
        source="Yao et al. 2025",
        minimum=0.0,
        below=1.0,
    )

    @property
    def highest_clip(self) -> float:
        """The clip above 1."""
        return self.clip_high or self.clip_range

    def __post_init__(self) -> None:
        super().__post_init__()
        if 0 < self.dual_clip <= 1:
            raise ConfigError("dual_clip", self.dual_clip, "dual_clip must be 0 or above 1")
        refuse_unless(
            self,
            ["importance_highest", "importance_lowest"],
            holds=self.importance_correction != "none",
            other="importance_correction",
            why="no ratio is bounded",
        )
        refuse_unless(
            self,
            ["entropy_step"],
            holds=self.entropy_target > 0,
            other="entropy_target",
            why="nothing is steered",
        )


@dataclass(frozen=True, kw_only=True)
class PPOConfig(PolicyGradientConfig):
    """Proximal Policy Optimization with a value model, and the KL as part of the reward."""

    learning_rate: float = option(
        3e-6,
        help="Peak of the policy's learning rate, after warm-up.",
        source="TRL",
        above=0.0,
        maximum=1.0,
    )
    value_learning_rate: float = option(
        9e-6,
        help="Peak of the value model's learning rate, after warm-up.",
        source="OpenRLHF",
        above=0.0,
        maximum=1.0,
    )
    n_passes: int = option(
        4,
        help="How often a rollout is learnt from.",
        source="Ziegler et al. 2019; TRL",
        minimum=1,
        maximum=64,
    )
    kl_coefficient: float = option(
        0.05,
        help="What a nat of KL from the reference costs, in units of reward.",
        source="TRL",
        minimum=0.0,
        maximum=100.0,
    )
    kl_estimator: str = option(
        "k1",
        help="Estimate of each token's KL in the reward: k1 is unbiased, k3 is never below 0.",
        source="Ziegler et al. 2019",
        choices=("k1", "k3"),
    )
    kl_target: float = option(
        0.0,
        help="Nats a SEQUENCE that the coefficient is steered to; 0 keeps it as it is.",
        source="TRL; above 0 it is Ziegler et al. 2019, who take 6",
        minimum=0.0,
        maximum=1e4,
    )
    kl_horizon: float = option(
        10000.0,
        help="Sequences over which the coefficient adapts to kl_target.",
        source="Ziegler et al. 2019",
        above=0.0,
    )
    gamma: float = option(
        1.0,
        help="Discount a token; below 1 a reward at the end fades with length.",
        source="Ouyang et al. 2022 (InstructGPT)",
        above=0.0,
        maximum=1.0,
    )
    gae_lambda: float = option(
        0.95,
        help="Between relying on the values (0) and on the rewards that came (1).",
        source="Schulman et al. 2016; Ziegler et al. 2019",
        minimum=0.0,
        maximum=1.0,
    )
    value_clip: float = option(
        0.2,
        help="How far a value may move from the one at sampling, in units of reward.",
        source="Ziegler et al. 2019; TRL",
        above=0.0,
        maximum=1e6,
    )
    value_coefficient: float = option(
        0.1,
        help="Weight of the value loss beside the policy's.",
        source="Ziegler et al. 2019; TRL",
        above=0.0,
        maximum=100.0,
    )
    whiten_rewards: bool = option(
        False,
        help="Scale the rewards of a rollout's tokens to a standard deviation of 1.",
        source="TRL; on it is Ziegler et al. 2019",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_unless(
            self,
            ["kl_horizon"],
            holds=self.kl_target > 0,
            other="kl_target",
            why="nothing is steered",
        )
        if self.kl_coefficient == 0 and self.kl_target > 0:
            refuse_together(self, "kl_target", "kl_coefficient", why="a coefficient of 0 stays 0")


@dataclass(frozen=True, kw_only=True)
class RLOOConfig(PolicyGradientConfig):
    """REINFORCE leave-one-out: each sample is compared with the others of its prompt."""

    n_samples: int = option(
        4,
        help="Samples of each prompt, each a baseline for the others.",
        source="Ahmadian et al. 2024, who take 2 or 4",
        minimum=2,
        maximum=256,
    )
    kl_coefficient: float = option(
        0.05,
        help="What a nat of KL from the reference costs, in units of reward.",
        source="TRL",
        minimum=0.0,
        maximum=100.0,
    )
    kl_estimator: str = option(
        "k1",
        help="Estimate of the KL in the reward: k1 is unbiased, k3 is never below 0.",
        source="Ahmadian et al. 2024",
        choices=("k1", "k3"),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.importance_correction.startswith("token"):
            raise ConfigError(
                "importance_correction",
                self.importance_correction,
                "importance_correction must be of sequences with rloo, whose action is a whole "
                "answer, not {value}",
                parts={"value": repr(self.importance_correction)},
            )
        refuse_unless(
            self,
            ["kl_estimator"],
            holds=self.kl_coefficient > 0,
            other="kl_coefficient",
            why="the KL does not count",
        )
