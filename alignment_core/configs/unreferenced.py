"""The settings of methods that train a policy on pairs without a reference."""

from __future__ import annotations

from dataclasses import dataclass

from alignment_core.configs.options import option
from alignment_core.configs.pairs import PairConfig


@dataclass(frozen=True, kw_only=True)
class UnreferencedConfig(PairConfig):
    """What the methods have in common whose reward is β times the policy's own log-prob."""

    beta: float = option(
        0.1,
        help="Scale of the reward, which is this times the log-prob.",
        source="Xu et al. 2024",
        above=0.0,
        maximum=100.0,
    )
    nll_weight: float = option(
        0.0,
        help="Weight of imitating the chosen completions, as in fine-tuning, beside the loss.",
        source="Meng et al. 2024; above 0 it is CPO-SimPO",
        minimum=0.0,
        maximum=100.0,
    )


@dataclass(frozen=True, kw_only=True)
class SimPOConfig(UnreferencedConfig):
    """SimPO: the likelier completion a token wins by a margin, without a reference."""

    learning_rate: float = option(
        5e-7,
        help="Peak of the learning rate, after warm-up and before the cosine. The method is "
        "sensitive to it.",
        source="Meng et al. 2024: between 3e-7 and 1e-6",
        above=0.0,
        maximum=1.0,
    )
    beta: float = option(
        2.0,
        help="Scale of the reward, which is this times the mean log-prob a token.",
        source="Meng et al. 2024: between 2 and 10",
        above=0.0,
        maximum=100.0,
    )
    gamma: float = option(
        1.0,
        help="How far apart the rewards should be.",
        source="Meng et al. 2024: half of beta for Llama-3-Base",
        minimum=0.0,
        maximum=100.0,
    )


@dataclass(frozen=True, kw_only=True)
class CPOConfig(UnreferencedConfig):
    """CPO: DPO without a reference, held by imitating the chosen completions."""

    learning_rate: float = option(
        1e-6,
        help="Peak of the learning rate, after warm-up and before the cosine.",
        source="TRL",
        above=0.0,
        maximum=1.0,
    )
    nll_weight: float = option(
        1.0,
        help="Weight of imitating the chosen completions, as in fine-tuning, beside the loss. "
        "At 0 nothing keeps both completions from becoming unlikely.",
        source="Xu et al. 2024",
        minimum=0.0,
        maximum=100.0,
    )


@dataclass(frozen=True, kw_only=True)
class ORPOConfig(PairConfig):
    """ORPO: fine-tuning on chosen completions and the odds against rejected ones in one loss,
    without a reference."""

    learning_rate: float = option(
        8e-6,
        help="Peak of the learning rate, after warm-up and before the cosine.",
        source="Hong et al. 2024",
        above=0.0,
        maximum=1.0,
    )
    odds_weight: float = option(
        0.1,
        help="Weight λ of the odds ratio beside imitating the chosen completions.",
        source="Hong et al. 2024",
        minimum=0.0,
        maximum=100.0,
    )

    @property
    def beta(self) -> float:
        """Scale of the reward, as in the methods that have it for an option."""
        return self.odds_weight

    @property
    def nll_weight(self) -> float:
        """Weight of imitating the chosen completions, to which the odds are added."""
        return 1.0
