"""Runs that have trained, as far as their rows go: curves, a checkpoint, and what was measured."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from alignment_core.configs import METHODS, settings_of
from annotate.models import Project
from training.models import (
    Checkpoint,
    CheckpointKind,
    Evaluation,
    Run,
    RunKind,
    RunState,
    Snapshot,
)

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
_numbers = itertools.count(1)


def make_snapshot(*projects: Project, name: str = "Tea or coffee") -> Snapshot:
    number = next(_numbers)
    snapshot = Snapshot.objects.create(
        name=name,
        selection={},
        cutoff_at=BEGAN,
        split_salt="salt",
        eval_share=0.1,
        digest=f"{number:064x}",
        file=f"snapshots/{number}",
        n_pairs=90,
        n_train=80,
        n_eval=10,
    )
    snapshot.projects.set(projects)
    return snapshot


def make_base(name: str = "Small") -> Checkpoint:
    number = next(_numbers)
    return Checkpoint.objects.create(
        kind=CheckpointKind.BASE,
        name=name,
        digest=f"{number:064x}",
        manifest=[],
        size_bytes=1,
        folder=f"checkpoints/{number}",
    )


def trained_run(
    name: str,
    *,
    snapshot: Snapshot,
    base: Checkpoint,
    losses: Sequence[float] = (),
    wins: Mapping[str, float] | None = None,
    samples: Sequence[Mapping[str, Any]] = (),
    state: str = RunState.SUCCEEDED,
    **settings: Any,
) -> Run:
    """A DPO run that logged a loss a minute, with 100 tokens a step; measured where `wins` are."""
    summary = {
        "seconds": {"prepare": 2.5, "train": 60.0},
        "tokens_per_second": 1234.5,
        "peak_rss_mib": 512.0,
        "wins_by_pair": wins or {},
    }
    run = Run.objects.create(
        kind=RunKind.TRAIN,
        method="dpo",
        name=name,
        snapshot=snapshot,
        base=base,
        settings={**settings_of(METHODS["dpo"].config()), **settings},
        state=state,
        summary=summary if state == RunState.SUCCEEDED else None,
        plan={"device": "cpu", "device_name": "cpu", "world_size": 1},
        worker="here",
        attempt=1,
    )
    for step, loss in enumerate(losses, start=1):
        run.metrics.create(
            phase="train",
            step=step,
            logged_at=BEGAN + timedelta(minutes=step),
            values={"loss": loss, "num_tokens": 100 * step},
        )
    if state == RunState.SUCCEEDED:
        measure(finish(run), wins=wins, samples=samples)
    return run


def finish(run: Run) -> Checkpoint:
    number = next(_numbers)
    return Checkpoint.objects.create(
        kind=CheckpointKind.POLICY,
        name=run.name,
        digest=f"{number:064x}",
        manifest=[],
        size_bytes=1,
        folder=f"checkpoints/{number}",
        run=run,
        step=10,
    )


def measure(
    checkpoint: Checkpoint,
    *,
    wins: Mapping[str, float] | None,
    samples: Sequence[Mapping[str, Any]] = (),
) -> Evaluation | None:
    """The evaluation that ended the checkpoint's run."""
    if wins is None:
        return None
    share = sum(wins.values()) / len(wins)
    interval = {"low": share - 0.1, "high": share + 0.1, "level": 0.95}
    return Evaluation.objects.create(
        checkpoint=checkpoint,
        snapshot=checkpoint.run.snapshot,
        run=checkpoint.run,
        figures={
            "accuracy": {"value": share, "n": len(wins), **interval},
            "scored_by": "log-ratio to the reference",
        },
        samples=list(samples),
    )


def right_on(n_right: int, n: int = 100, *, first: int = 0) -> dict[str, float]:
    """Right on `n_right` of `n` pairs from the `first` on, each of a prompt of its own."""
    return {f"{at:08x}{at:08x}": float(first <= at < first + n_right) for at in range(n)}
