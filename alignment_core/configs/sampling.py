"""The settings of sampling."""

from __future__ import annotations

from dataclasses import dataclass

from alignment_core.configs.options import check_options, option
from alignment_core.configs.rewards import AnswerReward, RewardSpec, parse_rewards
from alignment_core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class SampleConfig:
    """Sampling completions of prompts."""

    n_samples: int = option(
        2,
        help="Samples of each prompt.",
        source="ours: a comparison needs two",
        minimum=1,
        maximum=256,
    )
    max_new_tokens: int = option(
        256,
        help="Longest sample in tokens.",
        source="ours: half of TRL's 512, enough to judge most answers by",
        minimum=1,
    )
    temperature: float = option(
        1.0,
        help="Flattens (above 1) or sharpens (below 1) the model's distribution; 0 always takes "
        "the likeliest token.",
        source="the model's own distribution",
        minimum=0.0,
        maximum=10.0,
    )
    top_p: float = option(
        1.0,
        help="Keep the likeliest tokens that together have this probability.",
        source="the model's own distribution; below 1 it is Holtzman et al. 2020",
        above=0.0,
        maximum=1.0,
    )
    seed: int = option(
        0,
        help="Fixes every draw, together with the prompt and the sample's number.",
        source="ours",
        minimum=0,
        maximum=2**31 - 1,
    )

    def __post_init__(self) -> None:
        check_options(self)
        if self.temperature == 0 and self.n_samples > 1:
            raise ConfigError(
                "temperature", 0, "temperature 0 gives one sample: ask for one, or raise it"
            )


@dataclass(frozen=True, kw_only=True)
class BestOfConfig:
    """Keeping the best of several candidates for every sample that is asked for."""

    n_candidates: int = option(
        4,
        help="Candidates for each sample; the one of the highest reward is kept.",
        source="ours: at most log n - (n - 1) / n nats from the policy, 0.64 for four",
        minimum=2,
        maximum=256,
    )
    rewards: tuple[RewardSpec, ...] = option(
        (),
        help="What a candidate is worth: a JSON list of objects with kind and its options.",
        source="required",
        parse=parse_rewards,
    )

    def __post_init__(self) -> None:
        check_options(self)
        if not self.rewards:
            raise ConfigError("rewards", [], "rewards must hold one reward at least")
        if any(isinstance(reward, AnswerReward) for reward in self.rewards):
            raise ConfigError("rewards", "answer", "prompts to sample bring no right answers")
