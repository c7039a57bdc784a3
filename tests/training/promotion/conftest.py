"""A project with a base, a policy made from it, and evaluations as an evaluate run leaves them."""

import hashlib
from typing import Any

import pytest
from django.utils import timezone

from annotate.models import Project
from tests.factories import make_project
from training.models import (
    Checkpoint,
    CheckpointKind,
    Evaluation,
    Run,
    RunKind,
    RunState,
    Snapshot,
)

N_PROMPTS = 60


@pytest.fixture
def project(db) -> Project:
    return make_project(name="Letters", slug="letters")


def make_snapshot(project: Project, *, eval_share: float = 0.2, name: str = "All") -> Snapshot:
    made = Snapshot.objects.create(
        name=name,
        selection={},
        cutoff_at=timezone.now(),
        split_salt="salt",
        eval_share=eval_share,
        digest=hashlib.sha256(f"{name}{Snapshot.objects.count()}".encode()).hexdigest(),
        file="snapshots/none/records.jsonl",
        n_pairs=100,
        n_train=80,
        n_eval=20,
        n_judgements=300,
    )
    made.projects.add(project)
    return made


def make_base(name: str = "Base") -> Checkpoint:
    return _make_checkpoint(CheckpointKind.BASE, name, run=None)


def make_policy(
    base: Checkpoint,
    snapshot: Snapshot,
    *,
    name: str = "New",
    kind: CheckpointKind = CheckpointKind.POLICY,
) -> Checkpoint:
    run = Run.objects.create(
        kind=RunKind.TRAIN,
        method="reward_model" if kind == CheckpointKind.REWARD_MODEL else "dpo",
        name=name,
        snapshot=snapshot,
        base=base,
        state=RunState.SUCCEEDED,
    )
    return _make_checkpoint(kind, name, run=run)


def _make_checkpoint(kind: CheckpointKind, name: str, *, run: Run | None) -> Checkpoint:
    return Checkpoint.objects.create(
        kind=kind,
        name=name,
        run=run,
        digest=hashlib.sha256(f"{name}{Checkpoint.objects.count()}".encode()).hexdigest(),
        manifest=[],
        size_bytes=1,
        folder=f"checkpoints/{name}",
    )


def wins(n_right: int, n: int = N_PROMPTS) -> dict[str, float]:
    """One pair for each of `n` prompts, the first `n_right` of them right."""
    return {f"{number:08x}{number:08x}": float(number < n_right) for number in range(n)}


def measure(checkpoint: Checkpoint, snapshot: Snapshot, **summary: Any) -> Evaluation:
    """An evaluation whose run says this of single prompts."""
    scored_by = summary.pop("scored_by", "log-ratio to the reference")
    run = Run.objects.create(
        kind=RunKind.EVALUATE,
        name="measure",
        snapshot=snapshot,
        base=checkpoint,
        state=RunState.SUCCEEDED,
        summary=summary,
    )
    return Evaluation.objects.create(
        checkpoint=checkpoint, snapshot=snapshot, run=run, figures={"scored_by": scored_by}
    )


@pytest.fixture
def rivals(project) -> tuple[Project, Checkpoint, Checkpoint]:
    """A policy that is right on 50 of 60 prompts, and its base, which is right on 30 of them."""
    snapshot = make_snapshot(project)
    base = make_base()
    policy = make_policy(base, snapshot)
    measure(base, snapshot, wins_by_pair=wins(30))
    measure(policy, snapshot, wins_by_pair=wins(50))
    return project, policy, base
