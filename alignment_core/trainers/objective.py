"""What a method gives to the loop, and what it gets to work with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from alignment_core.configs import TrainingConfig
from alignment_core.data.micro_batches import micro_batches
from alignment_core.data.preparation import PreparedRecords
from alignment_core.data.tokenization import ChatEncoder
from alignment_core.evaluation import HeldOutResult
from alignment_core.evaluation.metrics import Totals
from alignment_core.forward.forward import Forward
from alignment_core.processes.stopping import Stopper
from alignment_core.runs.run_directory import RunDirectory
from alignment_core.sampling.row_reading import ReadingChoice
from alignment_core.trainers.ways import Ways

Config = TypeVar("Config", bound=TrainingConfig)


@dataclass(frozen=True, kw_only=True)
class LoopData:
    """Lengths of the training examples, for cutting steps to the memory there is."""

    lengths: Sequence[int]
    n_tokens: Sequence[int]
    rows_per_example: int
    packed_lengths: Sequence[int] | None = None  # where rows are packed
    curriculum: Sequence[int] | None = None  # the order of the first epoch, else random


@dataclass(frozen=True, kw_only=True)
class Update:
    """What one optimizer step learns from."""

    learner: Learner
    data: LoopData
    indices: Sequence[int]  # of every process


class Companion(NamedTuple):
    """What is trained beside the model that is saved as the result, such as a model of values."""

    module: nn.Module
    learning_rate: float  # its own peak


@dataclass(kw_only=True)
class TrainingContext(Generic[Config]):
    """Everything a method needs: settings, data, places and the wish to stop."""

    config: Config
    device: torch.device
    directory: RunDirectory
    stopper: Stopper
    tokenizer: PreTrainedTokenizerBase
    encoder: ChatEncoder
    base: Path  # the start checkpoint, which is also DPO's reference
    resume: Path | None  # the checkpoint that training goes on from
    train: PreparedRecords
    held_out: PreparedRecords | None
    day: date  # of the run: what a chat template that reads the clock is told
    ways: Ways
    made_of: str = ""  # the digest of the base and of all that it is made of
    reference_cache: Path | None = None  # where runs share the reference's log-probs
    reference_plan: dict[str, Any] = field(default_factory=dict)  # where they were found

    @property
    def start(self) -> Path:
        """Where whole weights are read from; a checkpoint of adapters holds none."""
        return self.base if self.resume is None or self.config.lora_rank > 0 else self.resume

    def forward(
        self, module: PreTrainedModel, made_of: str | None = None, *, dtype: str | None = None
    ) -> Forward:
        """The way through a model; refuses one that the run's longest sequence has no way through.

        Args:
            made_of: the digest of what it was loaded from; None for the run's base.
            dtype: of the matrix products; None for the run's.
        """
        choice = self.ways.forward(module, made_of=self.made_of if made_of is None else made_of)
        forward = Forward(module, dtype=dtype or self.config.dtype, choice=choice)
        forward.check_length(self.config.max_length)
        return forward

    def reading(self, policy: PreTrainedModel) -> ReadingChoice:
        """The way a model is sampled."""
        return self.ways.reading(policy, made_of=self.made_of)

    @property
    def is_packed(self) -> bool:
        """Whether every model met so far takes packed rows."""
        return all(choice.layout == "packed" for choice in self.ways.choices.values())

    def loop_data(self, curriculum: Sequence[int] | None) -> LoopData:
        """What the loop must know of the training examples; `curriculum` orders the first epoch."""
        train = self.train
        return LoopData(
            lengths=train.lengths,
            n_tokens=[
                len(example.completions) * len(example.prompt_ids)
                + sum(map(len, example.completions))
                for example in train.examples
            ],
            rows_per_example=train.rows_per_example,
            packed_lengths=train.packed_lengths if self.is_packed else None,
            curriculum=curriculum,
        )

    def groups(self, split: PreparedRecords) -> Iterator[list[int]]:
        """All examples of a split in micro-batches; may end with Stopped between two."""
        groups = micro_batches(
            range(len(split)),
            split.lengths,
            rows_per_example=split.rows_per_example,
            token_budget=self.config.tokens_per_micro_batch,
            packed_lengths=split.packed_lengths if self.is_packed else None,
        )
        for group in groups:
            self.stopper.check()
            yield group


class Learner(Protocol):
    """Something with a loss over examples that it knows by number."""

    def begin_step(self, step: int, indices: Sequence[int]) -> None:
        """See all examples of a step, of every process, before the first is learnt from.

        What belongs to the whole step is found out here: a second divisor, such as the count of
        tokens beside that of pairs, KTO's reference point, or the seeds of what is drawn.

        Args:
            step: from 0, over all epochs.
        """

    def divisor(self, indices: Sequence[int]) -> float:
        """What a step's loss is divided by: its count of pairs, or of completion tokens."""

    def loss(self, indices: Sequence[int], totals: Totals) -> Tensor:
        """The loss summed over these training examples, with measurements added to totals."""


class Objective(Learner, Protocol):
    """A method, as the loop sees it."""

    module: PreTrainedModel

    def prepare(self) -> None:
        """Find out, once and before all else, what stays as it is while the module is trained.

        A constructor only loads; what asks a model, or refuses what it finds, is here.
        """

    def curriculum(self) -> list[int] | None:
        """The order of the training examples in the first epoch; None if it is random."""

    def measure(self) -> HeldOutResult | None:
        """Held-out measurements of the module as it is now; None without held-out records."""

    def checkpoint_tensors(self) -> dict[str, Tensor]:
        """What else must be in a checkpoint for training to go on from it alone."""

    def scored_pairs(self) -> list[dict[str, Any]] | None:
        """A few held-out pairs with scores for the summary; None for a policy, which is sampled."""


@runtime_checkable
class HasCompanions(Protocol):
    """A method that trains more than the model which is saved as the result."""

    @property
    def companions(self) -> Mapping[str, Companion]:
        """What else is trained, by name; its weights are among `checkpoint_tensors`."""


@runtime_checkable
class KeepsModels(Protocol):
    """A method that asks further models while it trains."""

    def kept_modules(self) -> Mapping[str, nn.Module]:
        """Models that are kept in memory and not trained, by name."""


@runtime_checkable
class WritesBeside(Protocol):
    """A method whose result is more than a model in Hugging Face layout."""

    def write_beside(self, directory: Path) -> None:
        """Write what belongs to the result beside its model; by the main process only."""


@runtime_checkable
class RolloutObjective(Objective, Protocol):
    """A method that learns from what its policy samples: each step is a rollout.

    A step may hold several optimizer steps, all from one rollout; a run is saved between rollouts
    only, so whatever a rollout holds needs no place in a checkpoint.
    """

    companions: Mapping[str, Companion]

    def updates(self, step: int, totals: Totals) -> Iterator[Update]:
        """Sample, then give the optimizer steps one by one; measurements go to totals.

        Raises: Stopped before the first update only; SamplesRanDry if nothing is left to learn.
        """


def companions_of(objective: Objective) -> Mapping[str, Companion]:
    """The models that are trained beside the policy, by name."""
    return objective.companions if isinstance(objective, HasCompanions) else {}


def trained_modules(objective: Objective) -> dict[str, nn.Module]:
    """Everything with weights that are trained; what is saved as the result has no name."""
    companions = companions_of(objective)
    return {"": objective.module, **{name: one.module for name, one in companions.items()}}
