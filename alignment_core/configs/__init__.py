"""One frozen config for each method, checked when it is made, and the register of methods.

Light and public: import the names below from this package. Every field has its range, and a
sentence on what it does and where its default comes from (`options_of`).

    >>> from alignment_core.configs import METHODS, DPOConfig, options_of, settings_of
    >>> DPOConfig(beta=0.2).beta
    0.2
    >>> settings_of(DPOConfig())["label_smoothing"]
    0.0
    >>> beta = next(entry for entry in options_of(DPOConfig) if entry.name == "beta")
    >>> beta.range_text
    'above 0, at most 100'
    >>> METHODS["dpo"].config is DPOConfig
    True
"""

from __future__ import annotations

from typing import Any

from alignment_core.configs.evaluation import EvaluateConfig
from alignment_core.configs.group_relative import DAPOConfig, DrGRPOConfig, GRPOConfig
from alignment_core.configs.group_surrogates import CISPOConfig, GSPOConfig
from alignment_core.configs.methods import METHODS, Method, method_config, method_named
from alignment_core.configs.options import Option, options_of
from alignment_core.configs.pairs import PairConfig, RewardModelConfig, VoteModelConfig
from alignment_core.configs.policies import DPOConfig, KTOConfig
from alignment_core.configs.policy_gradient import PPOConfig, RLOOConfig
from alignment_core.configs.rewards import (
    AnswerReward,
    CallableReward,
    LengthReward,
    ModelReward,
    RegexReward,
    RewardSpec,
    WordsReward,
)
from alignment_core.configs.rollouts import OnlineDPOConfig, RolloutConfig
from alignment_core.configs.sampling import SampleConfig
from alignment_core.configs.training import SFTConfig, TrainingConfig
from alignment_core.configs.unreferenced import CPOConfig, ORPOConfig, SimPOConfig
from alignment_core.configs.votes import VoteRule

__all__ = [
    "METHODS",
    "AnswerReward",
    "CISPOConfig",
    "CPOConfig",
    "CallableReward",
    "DAPOConfig",
    "DPOConfig",
    "DrGRPOConfig",
    "EvaluateConfig",
    "GRPOConfig",
    "GSPOConfig",
    "KTOConfig",
    "LengthReward",
    "Method",
    "ModelReward",
    "ORPOConfig",
    "OnlineDPOConfig",
    "Option",
    "PPOConfig",
    "PairConfig",
    "RLOOConfig",
    "RegexReward",
    "RewardModelConfig",
    "RewardSpec",
    "RolloutConfig",
    "SFTConfig",
    "SampleConfig",
    "SimPOConfig",
    "TrainingConfig",
    "VoteModelConfig",
    "VoteRule",
    "WordsReward",
    "defaults_of",
    "method_config",
    "method_named",
    "options_of",
    "settings_of",
]


def defaults_of(method: str) -> dict[str, Any]:
    """What a method takes where nothing is set, as plain values."""
    options = options_of(method_named(method).config)
    return {entry.name: entry.plain(entry.default) for entry in options}


def settings_of(config: Any) -> dict[str, Any]:
    """A config as plain values, every field present: what is stored with a run."""
    return {
        entry.name: entry.plain(getattr(config, entry.name)) for entry in options_of(type(config))
    }
