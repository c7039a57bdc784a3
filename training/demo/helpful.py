"""The helpful assistant: a small base, a snapshot, and SFT with what follows from it."""

from dataclasses import dataclass
from typing import Any

from annotate.demo.loader import HELPFUL
from annotate.models import AnnotatorKind, Project
from training.execution.tiny import make_tiny_base
from training.models import Checkpoint, CheckpointKind, Run, Snapshot
from training.runs.queue import queue_run
from training.snapshots.freezing import freeze_snapshot
from training.snapshots.selection import Selection

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


@dataclass(frozen=True)
class Helpful:
    """What of it is there so far."""

    project: Project | None
    base: Checkpoint | None
    snapshot: Snapshot | None
    runs: list[Run]  # in the order in which they are to run

    @property
    def has_runs(self) -> bool:
        return len(self.runs) == 3

    @property
    def final(self) -> Checkpoint | None:
        """The result: what DPO ended in."""
        return Checkpoint.objects.filter(
            run__in=[run for run in self.runs if run.method == "dpo"], is_final=True
        ).first()


def present() -> Helpful:
    project = Project.objects.filter(slug=PROJECT, is_demo=True).first()
    if project is None:
        return Helpful(None, None, None, [])
    snapshot = Snapshot.objects.filter(name=SNAPSHOT, projects=project).order_by("pk").first()
    runs = Run.objects.filter(snapshot=snapshot, name__in=[SFT, REWARD_MODEL, DPO])
    return Helpful(
        project=project,
        base=Checkpoint.objects.filter(kind=CheckpointKind.BASE, name=BASE).order_by("pk").first(),
        snapshot=snapshot,
        runs=list(runs.order_by("pk")) if snapshot else [],
    )


def is_prepared() -> bool:
    """Whether its runs are queued, or there is no such project."""
    here = present()
    return here.project is None or here.has_runs


def prepare() -> None:
    """Make what is missing. Raises: AccordError."""
    _make_base()
    _freeze()
    _queue_runs()


def _make_base() -> None:
    here = present()
    if here.base is None and here.project is not None:
        make_tiny_base(project=here.project, name=BASE, sizes=SIZES)


def _freeze() -> None:
    here = present()
    if here.snapshot is None and here.project is not None:
        kinds = (AnnotatorKind.PERSON, AnnotatorKind.IMPORTED, AnnotatorKind.SIMULATED)
        freeze_snapshot(
            name=SNAPSHOT,
            projects=[here.project],
            selection=Selection(kinds=tuple(kind.value for kind in kinds), eval_share=0.2),
        )


def _queue_runs() -> None:
    """SFT first, then what practice builds on it: a reward model, and DPO."""
    here = present()
    there = {run.name: run for run in here.runs}
    if here.snapshot is None:
        return
    sft = there.get(SFT) or queue_run(
        name=SFT,
        method="sft",
        snapshot=here.snapshot,
        base=here.base,
        settings={**COMMON, "epochs": 6, "learning_rate": 3e-3},
    )
    if REWARD_MODEL not in there:
        queue_run(
            name=REWARD_MODEL,
            method="reward_model",
            snapshot=here.snapshot,
            after=sft,
            settings={**COMMON, "epochs": 2, "learning_rate": 5e-4},
        )
    if DPO not in there:
        queue_run(
            name=DPO,
            method="dpo",
            snapshot=here.snapshot,
            after=sft,
            settings={**COMMON, "epochs": 2, "learning_rate": 2e-4},
        )
