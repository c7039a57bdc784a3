"""What is stored of machines learning: fields and constraints, no workflow."""

from training.models.budget import Budget
from training.models.checkpoint import Checkpoint, CheckpointKind, Evaluation
from training.models.recipe import Recipe, RecipeVersion
from training.models.registration import Registration
from training.models.round import Round, RoundState, RoundStep, RoundTrigger, StepState
from training.models.run import Run, RunKind, RunMetric, RunState
from training.models.snapshot import Installation, Snapshot, SnapshotPair, Split
from training.models.sweep import Sweep
from training.models.worker import Worker

__all__ = [
    "Budget",
    "Checkpoint",
    "CheckpointKind",
    "Evaluation",
    "Installation",
    "Recipe",
    "RecipeVersion",
    "Registration",
    "Round",
    "RoundState",
    "RoundStep",
    "RoundTrigger",
    "Run",
    "RunKind",
    "RunMetric",
    "RunState",
    "Snapshot",
    "SnapshotPair",
    "Split",
    "StepState",
    "Sweep",
    "Worker",
]
