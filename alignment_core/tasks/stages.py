"""What one stage of a training run hands to the next, so that none can be called too early."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment_core.runs.checkpoints import TrainerState
from alignment_core.trainers.objective import Objective, TrainingContext


@dataclass(frozen=True, kw_only=True)
class Started:
    """A run that knows where it begins."""

    base: Path
    state: TrainerState  # moves on while the run trains


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A run whose records are read."""

    started: Started
    context: TrainingContext[Any]
    machine: dict[str, Any]  # the part of the plan that does not depend on the data


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A run whose models are in memory, ready for its first step."""

    prepared: Prepared
    objective: Objective
    base: dict[str, str]  # the part of the plan that says what the base is

    @property
    def context(self) -> TrainingContext[Any]:
        """All that the method works with."""
        return self.prepared.context

    @property
    def state(self) -> TrainerState:
        """How far the run has come."""
        return self.prepared.started.state
