"""What is stored of machines learning: fields and constraints, no workflow."""

from training.models.alias import (
    CHALLENGER,
    CHAMPION,
    Alias,
    AliasOrigin,
    ModelRole,
    with_is_champion,
)
from training.models.attempt import Attempt, AttemptEnding, AttemptStart
from training.models.budget import MOST_PRIORITY, Budget
from training.models.checkpoint import Checkpoint, CheckpointKind, Evaluation
from training.models.gate import GATE_SETTINGS, BetterOn, Gate
from training.models.kept_weights import Retention
from training.models.metric_stretch import MetricStretch
from training.models.project_facts import ProjectFacts
from training.models.proposal import Decision, Proposal, ProposalState
from training.models.recipe import Recipe, RecipeVersion
from training.models.registration import Registration
from training.models.round import Round, RoundState, RoundStep, RoundTrigger, StepState
from training.models.run import (
    ENDED_BADLY,
    MACHINE,
    UNFINISHED_RUN,
    Run,
    RunKind,
    RunMetric,
    RunState,
)
from training.models.schedule import Schedule, ScheduleCheck, ScheduleOutcome, ScheduleTrigger
from training.models.snapshot import Installation, Snapshot, SnapshotPair, Split
from training.models.sweep import Sweep
from training.models.worker import Worker

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "ENDED_BADLY",
    "GATE_SETTINGS",
    "MACHINE",
    "MOST_PRIORITY",
    "UNFINISHED_RUN",
    "Alias",
    "AliasOrigin",
    "Attempt",
    "AttemptEnding",
    "AttemptStart",
    "BetterOn",
    "Budget",
    "Checkpoint",
    "CheckpointKind",
    "Decision",
    "Evaluation",
    "Gate",
    "Installation",
    "MetricStretch",
    "ModelRole",
    "ProjectFacts",
    "Proposal",
    "ProposalState",
    "Recipe",
    "RecipeVersion",
    "Registration",
    "Retention",
    "Round",
    "RoundState",
    "RoundStep",
    "RoundTrigger",
    "Run",
    "RunKind",
    "RunMetric",
    "RunState",
    "Schedule",
    "ScheduleCheck",
    "ScheduleOutcome",
    "ScheduleTrigger",
    "Snapshot",
    "SnapshotPair",
    "Split",
    "StepState",
    "Sweep",
    "Worker",
    "with_is_champion",
]
