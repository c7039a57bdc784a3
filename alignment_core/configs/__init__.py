"""One frozen config for each method, checked when it is made, and the registry of methods."""

from __future__ import annotations

from typing import Any

from alignment_core.configs.groups import DAPOConfig, DrGRPOConfig, GRPOConfig
from alignment_core.configs.methods import METHODS, Method, method_config, method_named
from alignment_core.configs.options import options_of
from alignment_core.configs.pairs import PairConfig, RewardModelConfig, VoteModelConfig
from alignment_core.configs.policies import DPOConfig, KTOConfig, ORPOConfig, SimPOConfig
from alignment_core.configs.policy_gradient import PPOConfig, RLOOConfig
from alignment_core.configs.rollouts import OnlineDPOConfig, RolloutConfig
from alignment_core.configs.sampling import SampleConfig
from alignment_core.configs.training import SFTConfig, TrainingConfig

__all__ = [
    "METHODS",
    "DAPOConfig",
    "DPOConfig",
    "DrGRPOConfig",
    "GRPOConfig",
    "KTOConfig",
    "Method",
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
    "method_named",
    "settings_of",
]


def settings_of(config: Any) -> dict[str, Any]:
    """A config as plain values, every field present: what is stored with a run."""
    return {
        entry.name: entry.plain(getattr(config, entry.name)) for entry in options_of(type(config))
    }
