"""What is stored of machines learning: fields and constraints, no workflow."""

from training.models.checkpoint import Checkpoint, CheckpointKind, Evaluation
from training.models.registration import Registration
from training.models.run import Run, RunKind, RunMetric, RunState
from training.models.snapshot import Installation, Snapshot, SnapshotPair, Split
from training.models.worker import Worker

__all__ = [
    "Checkpoint",
    "CheckpointKind",
    "Evaluation",
    "Installation",
    "Registration",
    "Run",
    "RunKind",
    "RunMetric",
    "RunState",
    "Snapshot",
    "SnapshotPair",
    "Split",
    "Worker",
]
