"""The register of methods: all that others must know of one, without importing it.

Command line, train task, app and the tests of the documentation read this table; a method that is
not here does not exist, and one that is here is offered everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from alignment_core.configs.group_relative import DAPOConfig, DrGRPOConfig, GRPOConfig
from alignment_core.configs.group_surrogates import CISPOConfig, GSPOConfig
from alignment_core.configs.options import build_config
from alignment_core.configs.pairs import RewardModelConfig
from alignment_core.configs.policies import DPOConfig, KTOConfig
from alignment_core.configs.policy_gradient import PPOConfig, RLOOConfig
from alignment_core.configs.rollouts import OnlineDPOConfig
from alignment_core.configs.training import SFTConfig, TrainingConfig
from alignment_core.configs.unreferenced import CPOConfig, ORPOConfig, SimPOConfig
from alignment_core.errors import ConfigError

BOTH_SIDES = ("chosen", "rejected")


@dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """One way to train, as everybody but its own module sees it.

    `objective` is "module:class", a text so that torch is loaded by whoever trains and nobody else.
    """

    name: str
    config: type[TrainingConfig]
    objective: str
    learns_from: Literal["answers", "pairs", "rewards"]
    sides: tuple[str, ...] = BOTH_SIDES  # of a record that it reads; of none, the prompt alone
    held_out_sides: tuple[str, ...] = BOTH_SIDES
    alone: tuple[str, ...] = ()  # of these sides, those that it can use without the other
    makes: Literal["policy", "reward_model"] = "policy"
    stores_reference: bool = False  # computes a reference's log-probs once, before it trains
    wants_fine_tuned: bool = True  # works best from a checkpoint that was fine-tuned first
    page: str = ""  # of docs/methods, where it is not the method's name

    @property
    def docs_page(self) -> str:
        """The name of its page in docs/methods."""
        return self.page or self.name


def _from_samples(name: str, config: type[TrainingConfig], objective: str, **more: Any) -> Method:
    """A method that samples answers and learns from their rewards."""
    return Method(
        name=name,
        config=config,
        objective=objective,
        learns_from="rewards",
        sides=(),
        held_out_sides=(),
        **more,
    )


_ALL = (  # in the order in which they are listed and chosen from
    Method(
        name="sft",
        config=SFTConfig,
        objective="alignment_core.methods.sft:SFTObjective",
        learns_from="answers",
        sides=("chosen",),  # held out, the rejected side is compared with
        alone=("chosen",),
        wants_fine_tuned=False,
    ),
    Method(
        name="reward_model",
        config=RewardModelConfig,
        objective="alignment_core.methods.reward_model:RewardModelObjective",
        learns_from="pairs",
        makes="reward_model",
    ),
    Method(
        name="dpo",
        config=DPOConfig,
        objective="alignment_core.methods.dpo:DPOObjective",
        learns_from="pairs",
        stores_reference=True,
    ),
    Method(
        name="simpo",
        config=SimPOConfig,
        objective="alignment_core.methods.simpo:SimPOObjective",
        learns_from="pairs",
    ),
    Method(
        name="cpo",
        config=CPOConfig,
        objective="alignment_core.methods.cpo:CPOObjective",
        learns_from="pairs",
    ),
    Method(
        name="orpo",
        config=ORPOConfig,
        objective="alignment_core.methods.orpo:ORPOObjective",
        learns_from="pairs",
        wants_fine_tuned=False,  # it fine-tunes as it goes
    ),
    Method(
        name="kto",
        config=KTOConfig,
        objective="alignment_core.methods.kto:KTOObjective",
        learns_from="pairs",
        alone=BOTH_SIDES,
        stores_reference=True,
    ),
    _from_samples(
        "online_dpo", OnlineDPOConfig, "alignment_core.methods.online_dpo:OnlineDPOObjective"
    ),
    _from_samples("ppo", PPOConfig, "alignment_core.methods.ppo:PPOObjective"),
    _from_samples("rloo", RLOOConfig, "alignment_core.methods.rloo:RLOOObjective"),
    _from_samples("grpo", GRPOConfig, "alignment_core.methods.grpo:GRPOObjective"),
    _from_samples(
        "dr_grpo", DrGRPOConfig, "alignment_core.methods.grpo:GRPOObjective", page="grpo"
    ),
    _from_samples("dapo", DAPOConfig, "alignment_core.methods.grpo:GRPOObjective"),
    _from_samples("gspo", GSPOConfig, "alignment_core.methods.grpo:GRPOObjective"),
    _from_samples("cispo", CISPOConfig, "alignment_core.methods.grpo:GRPOObjective"),
)
METHODS: Mapping[str, Method] = {method.name: method for method in _ALL}


def method_named(name: str) -> Method:
    """The method of this name. Raises: ConfigError that lists the methods there are."""
    if name not in METHODS:
        raise ConfigError(
            "method", name, "method must be one of {known}", parts={"known": ", ".join(METHODS)}
        )
    return METHODS[name]


def method_config(name: str, settings: Mapping[str, Any]) -> TrainingConfig:
    """The checked config of a method.

    Args:
        name: of the method, a key of METHODS.
        settings: plain values by field, such as JSON settings; the others keep their defaults.
    Raises: ConfigError for an unknown method or setting, or a value out of range.
    """
    return build_config(method_named(name).config, settings)
