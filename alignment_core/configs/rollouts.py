"""What the methods that learn from their own samples have in common."""

from __future__ import annotations

from dataclasses import dataclass

from alignment_core.configs.options import option
from alignment_core.configs.rewards import RewardSpec, parse_rewards
from alignment_core.configs.training import TrainingConfig
from alignment_core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class RolloutConfig(TrainingConfig):
    """Sampling answers to the prompts of the records, and what they are worth.

    A step is a rollout: prompts are sampled, the answers rewarded, and the policy updated once or
    several times from them.
    """

    rewards: tuple[RewardSpec, ...] = option(
        (),
        help="What an answer is worth: a JSON list of objects with kind (model, regex, length, "
        "words, answer, callable), its options and a weight; they are added.",
        source="required",
        parse=parse_rewards,
    )
    epochs: int = option(
        1,
        help="How often every prompt is sampled.",
        source="Ouyang et al. 2022 (InstructGPT)",
        minimum=1,
        maximum=1000,
    )
    batch_size: int = option(
        64,
        help="Prompts in one rollout, over all processes.",
        source="ours: Ouyang et al. 2022 take 512",
        minimum=1,
        maximum=65536,
    )
    n_samples: int = option(
        1,
        help="Samples of each prompt in a rollout.",
        source="Ouyang et al. 2022 (InstructGPT)",
        minimum=1,
        maximum=256,
    )
    max_new_tokens: int = option(
        256,
        help="Longest sample in tokens.",
        source="ours: half of TRL's, as sampling takes most of a step",
        minimum=1,
    )
    temperature: float = option(
        1.0,
        help="Of sampling in training, and of every log-prob there; top_p stays 1.",
        source="the model's own distribution",
        above=0.0,
        maximum=10.0,
    )
    n_passes: int = option(
        1,
        help="How often a rollout is learnt from.",
        source="Shao et al. 2024 (GRPO)",
        minimum=1,
        maximum=64,
    )
    n_minibatches: int = option(
        1,
        help="Optimizer steps in each pass over a rollout; its prompts are dealt among them.",
        source="TRL",
        minimum=1,
        maximum=1024,
    )
    missing_end_penalty: float = option(
        0.0,
        help="Taken from the reward of an answer that does not come to its end of turn.",
        source="TRL",
        minimum=0.0,
        maximum=1e6,
    )
    learning_rate: float = option(
        1e-6,
        help="Peak of the learning rate, after warm-up.",
        source="TRL",
        above=0.0,
        maximum=1.0,
    )
    warmup_ratio: float = option(
        0.0,
        help="Share of the steps over which the learning rate rises from 0.",
        source="TRL",
        minimum=0.0,
        below=1.0,
    )
    lr_schedule: str = option(
        "constant",
        help="What the learning rate does after warm-up: falls to 0 along a cosine, or stays.",
        source="Yu et al. 2025 (DAPO)",
        choices=("cosine", "constant"),
    )
    n_eval_prompts: int = option(
        64,
        help="Held-out prompts that are sampled for each measurement of reward and KL.",
        source="ours",
        minimum=0,
        maximum=65536,
    )
    kl_budget: float = option(
        25.0,
        help="Nats a sequence from the reference beyond which the run carries an alarm; 0 is "
        "no limit.",
        source="ours: rewards are mostly hacked beyond it; Gao et al. 2023",
        minimum=0.0,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.rewards:
            raise ConfigError("rewards", [], "rewards must hold one reward at least")
        if self.max_new_tokens >= self.max_length:
            raise ConfigError(
                "max_new_tokens",
                self.max_new_tokens,
                "max_new_tokens must leave room for a prompt: below max_length, {most}",
                parts={"most": self.max_length},
            )
        if self.n_minibatches > self.batch_size:
            raise ConfigError(
                "n_minibatches",
                self.n_minibatches,
                "n_minibatches must be at most batch_size, {most}",
                parts={"most": self.batch_size},
            )


@dataclass(frozen=True, kw_only=True)
class OnlineDPOConfig(RolloutConfig):
    """Online DPO: the best and the worst of a prompt's samples by reward make a pair for DPO."""

    n_samples: int = option(
        2,
        help="Samples of each prompt, of which the best and the worst by reward are a pair.",
        source="Guo et al. 2024",
        minimum=2,
        maximum=256,
    )
    beta: float = option(
        0.1,
        help="How strongly the policy is held to the reference.",
        source="TRL",
        above=0.0,
        maximum=100.0,
    )
    label_smoothing: float = option(
        0.0,
        help="Assumed share of pairs that the reward orders the wrong way round.",
        source="Guo et al. 2024; above 0 it is Mitchell 2023 (cDPO)",
        minimum=0.0,
        below=0.5,
    )
    learning_rate: float = option(
        5e-7,
        help="Peak of the learning rate, after warm-up.",
        source="TRL",
        above=0.0,
        maximum=1.0,
    )
