"""One frozen config for each method, checked when it is made, and the registry of methods."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from alignment_core.configs.pairs import DPOConfig, PairConfig, RewardModelConfig
from alignment_core.configs.sampling import SampleConfig
from alignment_core.configs.training import SFTConfig, TrainingConfig
from alignment_core.errors import ConfigError
from alignment_core.options import build_config

__all__ = [
    "METHODS",
    "DPOConfig",
    "PairConfig",
    "RewardModelConfig",
    "SFTConfig",
    "SampleConfig",
    "TrainingConfig",
    "method_config",
    "settings_of",
]

METHODS: dict[str, type[TrainingConfig]] = {
    "sft": SFTConfig,
    "reward_model": RewardModelConfig,
    "dpo": DPOConfig,
}


def method_config(method: str, settings: Mapping[str, Any]) -> TrainingConfig:
    """The checked config of a method from plain settings. Raises: ConfigError."""
    if method not in METHODS:
        raise ConfigError("method", method, f"method must be one of {', '.join(METHODS)}")
    return build_config(METHODS[method], settings)


def settings_of(config: Any) -> dict[str, Any]:
    """A config as plain values, every field present: what is stored with a run."""
    return dataclasses.asdict(config)
