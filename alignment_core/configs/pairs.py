"""The settings of methods that learn from pairs."""

from __future__ import annotations

from dataclasses import dataclass

from alignment_core.configs.training import TrainingConfig
from alignment_core.options import option


@dataclass(frozen=True, kw_only=True)
class PairConfig(TrainingConfig):
    """What the methods that learn from pairs have in common."""

    soft_labels: bool = option(
        False,
        help="Learn from the share of votes instead of the outcome alone; ties then count as "
        "one half each way, otherwise they are left out.",
        source="Rafailov et al. 2023 and Bradley & Terry 1952 take the outcome as certain; turn "
        "it on where three or more people judged each pair",
    )
    vote_prior: float = option(
        0.5,
        help="Votes added to each side before taking the share, with soft labels.",
        source="Jeffreys' prior of a share",
        minimum=0.0,
        maximum=1000.0,
    )


@dataclass(frozen=True, kw_only=True)
class RewardModelConfig(PairConfig):
    """A Bradley–Terry reward model: a score whose difference predicts the preference."""

    learning_rate: float = option(
        3e-6,
        help="Peak of the learning rate, after warm-up and before the cosine.",
        source="Dubois et al. 2023 (AlpacaFarm)",
        above=0.0,
        maximum=1.0,
    )


@dataclass(frozen=True, kw_only=True)
class DPOConfig(PairConfig):
    """Direct Preference Optimization with the sigmoid loss."""

    beta: float = option(
        0.1,
        help="How strongly the policy is held to the reference.",
        source="Rafailov et al. 2023, appendix B",
        above=0.0,
        maximum=100.0,
    )
    label_smoothing: float = option(
        0.0,
        help="Assumed share of preferences recorded the wrong way round.",
        source="Rafailov et al. 2023; above 0 it is Mitchell 2023 (cDPO)",
        minimum=0.0,
        below=0.5,
    )
