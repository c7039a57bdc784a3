"""The demonstration's training: a small base, a snapshot, and SFT with what follows from it.

Everything is made in the training worker, each part only if it is not there yet, so that it may be
killed and started again at any moment.
"""

import fcntl
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from annotate.demo.loader import HELPFUL
from annotate.errors import AccordError
from annotate.models import AnnotatorKind, Project
from annotate.work.bells import ring
from training.execution.tiny import make_tiny_base
from training.models import Checkpoint, CheckpointKind, Run, Snapshot
from training.runs.queue import queue_run
from training.snapshots.freezing import freeze_snapshot
from training.snapshots.selection import Selection

logger = logging.getLogger(__name__)

PROJECT = HELPFUL.slug
BASE = "Tiny Llama of the demonstration"
SNAPSHOT = "Helpful assistant, simulated judgements included"
SFT, REWARD_MODEL, DPO = (
    "Demonstration: SFT",
    "Demonstration: reward model",
    "Demonstration: DPO",
)
SIZES = {"vocab_size": 2048, "hidden_size": 96, "n_layers": 3, "n_heads": 4, "context": 512}
COMMON: dict[str, Any] = {
    "max_length": 256,
    "batch_size": 16,
    "eval_every_steps": 15,
    "sample_tokens": 40,
    "n_sample_prompts": 3,
    "save_every_seconds": 60.0,
}
PREPARE = "training.tasks.prepare_demo"
MOST_ATTEMPTS = 3
SEND_AGAIN_SECONDS = 60


@dataclass(frozen=True)
class Demo:
    """What of the demonstration is there so far."""

    project: Project | None
    base: Checkpoint | None
    snapshot: Snapshot | None
    runs: list[Run]  # in the order in which they are to run

    @property
    def is_prepared(self) -> bool:
        return len(self.runs) == 3

    @property
    def final(self) -> Checkpoint | None:
        """The result: what DPO ended in."""
        return Checkpoint.objects.filter(
            run__in=[run for run in self.runs if run.method == "dpo"], is_final=True
        ).first()


def present_demo() -> Demo:
    project = Project.objects.filter(slug=PROJECT, is_demo=True).first()
    if project is None:
        return Demo(None, None, None, [])
    snapshot = Snapshot.objects.filter(name=SNAPSHOT, projects=project).order_by("pk").first()
    runs = Run.objects.filter(snapshot=snapshot, name__in=[SFT, REWARD_MODEL, DPO])
    return Demo(
        project=project,
        base=Checkpoint.objects.filter(kind=CheckpointKind.BASE, name=BASE).order_by("pk").first(),
        snapshot=snapshot,
        runs=list(runs.order_by("pk")) if snapshot else [],
    )


def prepare() -> None:
    """Make what is missing. Two of these at once do no harm: the second finds the lock taken."""
    with _alone() as is_alone:
        if not is_alone or present_demo().project is None or present_demo().is_prepared:
            return
        n_attempts = _count_attempt()
        try:
            _make_base()
            _freeze()
            _queue_runs()
        except AccordError as error:
            logger.warning("The demonstration cannot be prepared: %s", error)
            _folder().joinpath("reason.txt").write_text(str(error))
        except Exception:
            logger.exception("The demonstration could not be prepared (attempt %s)", n_attempts)
            _folder().joinpath("reason.txt").write_text("See the log of the training worker.")
            raise


def send() -> None:
    """Ask the training worker for the demonstration."""
    _folder().joinpath("sent").touch()
    ring(PREPARE)


def resend_unfinished_demo() -> None:
    """Ask again where the message was lost or the worker killed, until it is given up."""
    demo = present_demo()
    if demo.project is None or demo.is_prepared or failure() is not None:
        return
    sent = _folder() / "sent"
    if not sent.exists() or time.time() - sent.stat().st_mtime > SEND_AGAIN_SECONDS:
        send()


def failure() -> str | None:
    """Why the demonstration was given up; None while it was not."""
    if _n_attempts() < MOST_ATTEMPTS:
        return None
    reason = _folder() / "reason.txt"
    return reason.read_text() if reason.exists() else None


def _make_base() -> None:
    demo = present_demo()
    if demo.base is None and demo.project is not None:
        make_tiny_base(project=demo.project, name=BASE, sizes=SIZES)


def _freeze() -> None:
    demo = present_demo()
    if demo.snapshot is None and demo.project is not None:
        kinds = (AnnotatorKind.PERSON, AnnotatorKind.IMPORTED, AnnotatorKind.SIMULATED)
        freeze_snapshot(
            name=SNAPSHOT,
            projects=[demo.project],
            selection=Selection(kinds=tuple(kind.value for kind in kinds), eval_share=0.2),
        )


def _queue_runs() -> None:
    """SFT first, then what practice builds on it: a reward model, and DPO."""
    demo = present_demo()
    there = {run.name: run for run in demo.runs}
    if demo.snapshot is None:
        return
    sft = there.get(SFT) or queue_run(
        name=SFT,
        method="sft",
        snapshot=demo.snapshot,
        base=demo.base,
        settings={**COMMON, "epochs": 6, "learning_rate": 3e-3},
    )
    if REWARD_MODEL not in there:
        queue_run(
            name=REWARD_MODEL,
            method="reward_model",
            snapshot=demo.snapshot,
            after=sft,
            settings={**COMMON, "epochs": 2, "learning_rate": 5e-4},
        )
    if DPO not in there:
        queue_run(
            name=DPO,
            method="dpo",
            snapshot=demo.snapshot,
            after=sft,
            settings={**COMMON, "epochs": 2, "learning_rate": 2e-4},
        )


def _folder() -> Path:
    folder: Path = settings.ACCORD_DATA_DIR / "demo"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _n_attempts() -> int:
    attempts = _folder() / "attempts"
    return len(attempts.read_text()) if attempts.exists() else 0


def _count_attempt() -> int:
    with (_folder() / "attempts").open("a") as attempts:
        attempts.write("|")
    return _n_attempts()


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else is at it; the lock goes with the process that holds it."""
    with (_folder() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
