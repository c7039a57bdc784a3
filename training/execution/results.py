"""The end of a run that worked: its state, its checkpoint and its figures in one transaction."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.db import transaction

from training.artifacts.store import StoredDirectory, store_report
from training.checkpoints.evaluations import record_evaluation
from training.checkpoints.registry import (
    drop_resumable_checkpoints,
    register_checkpoint,
    register_merged,
)
from training.execution.arena_answers import arena_of, enter_answers, finish_answers
from training.execution.required import required
from training.execution.samples import publish_samples, stage_samples
from training.models import Run
from training.runs.answers_to_read import is_to_be_read
from training.runs.claimed import heartbeat, succeed_run
from training.runs.dispatch import tell_followers


def finish_training(
    *, run: Run, summary: Mapping[str, Any], final: StoredDirectory, n_left_out: int, log: str
) -> None:
    """Raises: ClaimLost, and then nothing is recorded: somebody else's result stands."""
    _record_training(run=run, summary=summary, final=final, n_left_out=n_left_out, log=log)
    drop_resumable_checkpoints(run, keep=0)  # nothing goes on from a run that succeeded


@transaction.atomic
def _record_training(
    *, run: Run, summary: Mapping[str, Any], final: StoredDirectory, n_left_out: int, log: str
) -> None:
    succeed_run(run=run, summary=summary, log=log)
    checkpoint = register_checkpoint(
        run=run,
        stored=final,
        step=summary.get("steps") or run.step,
        is_final=True,
        n_left_out=n_left_out,
    )
    record_evaluation(run=run, checkpoint=checkpoint, summary=summary)
    tell_followers(run)


@transaction.atomic
def finish_evaluation(*, run: Run, summary: Mapping[str, Any], report: str, log: str) -> None:
    """`report` is the name of the page in the artifact store, if any. Raises: ClaimLost."""
    succeed_run(run=run, summary=summary, log=log)
    record_evaluation(run=run, checkpoint=required(run.base), summary=summary, report=report)
    tell_followers(run)


@transaction.atomic
def finish_merging(*, run: Run, final: StoredDirectory, log: str) -> None:
    """The whole model becomes a base. Raises: ClaimLost."""
    succeed_run(run=run, summary={"final_digest": final.digest}, log=log)
    register_merged(run=run, stored=final)
    tell_followers(run)


def finish_sampling(*, run: Run, summary: Mapping[str, Any], samples: Path, log: str) -> None:
    """Raises: ClaimLost, and then nobody sees a comparison of it."""
    if is_to_be_read(run):
        _finish_reading(run=run, summary={**summary, "samples": store_report(samples)}, log=log)
        return
    arena = arena_of(run)
    if arena is None:
        counts = stage_samples(run=run, samples=samples, fence=lambda: heartbeat(run))
        found: dict[str, Any] = {"comparisons": asdict(counts)}
    else:
        answers = enter_answers(run=run, arena=arena, samples=samples, fence=lambda: heartbeat(run))
        found = {"arena": {**answers, "id": str(arena.public_id), "name": arena.name}}
    with transaction.atomic():
        succeed_run(run=run, summary={**summary, **found}, log=log)
        if arena is None:
            publish_samples(run)
        else:
            finish_answers(run=run, arena=arena)
        tell_followers(run)


@transaction.atomic
def _finish_reading(*, run: Run, summary: Mapping[str, Any], log: str) -> None:
    succeed_run(run=run, summary=summary, log=log)
    tell_followers(run)
