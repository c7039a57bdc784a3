"""One frozen config for each method, checked when it is made, and the registry of methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_core.configs.groups import DAPOConfig, DrGRPOConfig, GRPOConfig
from alignment_core.configs.options import build_config, options_of
from alignment_core.configs.pairs import PairConfig, RewardModelConfig, VoteModelConfig
from alignment_core.configs.policies import DPOConfig, KTOConfig, ORPOConfig, SimPOConfig
from alignment_core.configs.policy_gradient import PPOConfig, RLOOConfig
from alignment_core.configs.rollouts import OnlineDPOConfig, RolloutConfig
from alignment_core.configs.sampling import SampleConfig
from alignment_core.configs.training import SFTConfig, TrainingConfig
from alignment_core.errors import ConfigError

__all__ = [
    "METHODS",
    "DAPOConfig",
    "DPOConfig",
    "DrGRPOConfig",
    "GRPOConfig",
    "KTOConfig",
    "ORPOConfig",
    "OnlineDPOConfig",
    "PPOConfig",
    "PairConfig",
    "RLOOConfig",
    "RewardModelConfig",
    "RolloutConfig",
    "SFTConfig",
    "SampleConfig",
    "SimPOConfig",
    "TrainingConfig",
    "VoteModelConfig",
    "method_config",
    "settings_of",
]

METHODS: dict[str, type[TrainingConfig]] = {
    "sft": SFTConfig,
    "reward_model": RewardModelConfig,
    "dpo": DPOConfig,
    "simpo": SimPOConfig,
    "orpo": ORPOConfig,
    "kto": KTOConfig,
    "ppo": PPOConfig,
    "rloo": RLOOConfig,
    "grpo": GRPOConfig,
    "dr_grpo": DrGRPOConfig,
    "dapo": DAPOConfig,
    "online_dpo": OnlineDPOConfig,
}


def method_config(method: str, settings: Mapping[str, Any]) -> TrainingConfig:
    """The checked config of a method from plain settings. Raises: ConfigError."""
    if method not in METHODS:
        raise ConfigError(
            "method", method, "method must be one of {known}", parts={"known": ", ".join(METHODS)}
        )
    return build_config(METHODS[method], settings)


def settings_of(config: Any) -> dict[str, Any]:
    """A config as plain values, every field present: what is stored with a run."""
    return {
        entry.name: entry.plain(getattr(config, entry.name)) for entry in options_of(type(config))
    }
