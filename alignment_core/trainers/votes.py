"""What the votes on pairs ask of a method that learns from them, as tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from alignment_core.configs import PairConfig, VoteModelConfig
from alignment_core.data.curriculum import difficulties, easy_to_hard
from alignment_core.data.preparation import PreparedRecords
from alignment_core.data.targets import PairTarget, agreement_weights, fitted_tie_parameter
from alignment_core.errors import ConfigError
from alignment_core.evaluation.metrics import Totals
from alignment_core.losses.margins import sigmoid_loss
from alignment_core.losses.ties import VoteShares, davidson_loss, rao_kupper_loss

TIE_LOSSES = {"davidson": davidson_loss, "rao_kupper": rao_kupper_loss}


class PairTargets(NamedTuple):
    """The targets of some pairs; each of shape (pairs,)."""

    p_chosen: Tensor  # in [0, 1]
    shares: VoteShares
    strength: Tensor  # at least 0: no margin is asked in favour of rejected
    is_decided: Tensor  # bool: one of the two was preferred, so there is a right and a wrong


def targets_of(split: PreparedRecords, indices: Sequence[int], device: torch.device) -> PairTargets:
    """The targets of some examples of a split, float32."""
    return stack_targets([split.targets[index] for index in indices], device)


def stack_targets(targets: Sequence[PairTarget], device: torch.device) -> PairTargets:
    """Targets as tensors, float32."""

    def column(values: list[float]) -> Tensor:
        return torch.tensor(values, dtype=torch.float32, device=device)

    return PairTargets(
        p_chosen=column([target.p_chosen for target in targets]),
        shares=VoteShares(
            win=column([target.win for target in targets]),
            loss=column([target.loss for target in targets]),
            tie=column([target.tie for target in targets]),
        ),
        strength=column(
            [max(0.0, target.strength) if target.is_decided else 0.0 for target in targets]
        ),
        is_decided=torch.tensor(
            [target.is_decided for target in targets], dtype=torch.bool, device=device
        ),
    )


class VoteLikelihood:
    """How likely votes are given the margins of their pairs: Bradley–Terry, or a model of ties."""

    def __init__(self, config: VoteModelConfig, train: PreparedRecords) -> None:
        """
        Raises: ConfigError if the model of ties, or the margin, finds nothing in the records that
            it could be about.
        """
        self.ties = config.ties
        self.strength_margin = config.strength_margin
        self.nu = config.tie_nu
        if self.ties in TIE_LOSSES and self.nu == 0:
            try:
                self.nu = fitted_tie_parameter(train.targets, model=self.ties)
            except ValueError as error:
                raise ConfigError(
                    "ties",
                    self.ties,
                    "ties {value} takes tie_nu from the records, but {why}; set tie_nu, or leave "
                    "ties at auto",
                    parts={"value": repr(self.ties), "why": error},
                ) from error
        if self.strength_margin > 0 and not any(target.strength > 0 for target in train.targets):
            raise ConfigError(
                "strength_margin",
                self.strength_margin,
                "strength_margin is {value}, but no record says how strong its preference is",
                parts={"value": f"{self.strength_margin:g}"},
            )

    def loss(self, margin: Tensor, targets: PairTargets, *, label_smoothing: float = 0.0) -> Tensor:
        """Negative log-likelihood of the votes, divided by their number, in nats, (pairs,)."""
        if self.ties in TIE_LOSSES:
            shares = VoteShares(*(values.to(margin.dtype) for values in targets.shares))
            return TIE_LOSSES[self.ties](margin, shares, nu=self.nu)
        return sigmoid_loss(
            self.offset(margin, targets),
            p_chosen=targets.p_chosen.to(margin.dtype),
            label_smoothing=label_smoothing,
        )

    def offset(self, margin: Tensor, targets: PairTargets) -> Tensor:
        """The margin less what the strength of the preference asks for.

        Source: Amini et al. 2024 (ODPO), arXiv:2402.10571, with a difference of ratings as it is.
        """
        return margin - self.strength_margin * targets.strength

    def measure(self, totals: Totals) -> None:
        """Say which ν is used, where there is one."""
        if self.ties in TIE_LOSSES:
            totals.keep_latest("ties/nu", self.nu)

    def describe(self) -> dict[str, Any]:
        """What a checkpoint must say for its margins to be read as probabilities of votes."""
        return {"ties": self.ties, "nu": self.nu} if self.ties in TIE_LOSSES else {}


def weights_of(config: PairConfig, train: PreparedRecords) -> Tensor | None:
    """What each training pair counts, with a mean of 1, shape (pairs,); None if all count the same.

    Raises: ConfigError if people are evenly split on every pair.
    """
    if config.weighting == "equal":
        return None
    try:
        weights = agreement_weights(
            train.records, vote_prior=config.vote_prior, power=config.weighting_power
        )
    except ValueError as error:
        raise ConfigError(
            "weighting",
            config.weighting,
            "weighting by agreement finds none: {why}",
            parts={"why": error},
        ) from error
    return torch.tensor(weights)


def curriculum_of(config: PairConfig, train: PreparedRecords) -> list[int] | None:
    """The order of the first epoch by what the records say; None if it is random."""
    if config.curriculum == "none":
        return None
    return easy_to_hard(
        difficulties(config.curriculum, train, vote_prior=config.vote_prior), seed=config.seed
    )
