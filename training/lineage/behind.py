"""What made a checkpoint: its runs, their snapshots, and the projects whose votes those hold."""

from collections.abc import Iterator

from annotate.models import Project
from training.models import Checkpoint, Run, RunKind, Snapshot


def runs_behind(checkpoint: Checkpoint) -> Iterator[Run]:
    """The runs that made a checkpoint, the last first; what rewarded them is not among them."""
    run = checkpoint.run
    while run is not None:
        yield run
        run = run.base.run if run.base else None


def snapshots_behind(checkpoint: Checkpoint) -> list[Snapshot]:
    """What it learnt from, the last first; each once."""
    found = [run.snapshot for run in runs_behind(checkpoint) if run.snapshot is not None]
    return list(dict.fromkeys(found))


def learnt_from(checkpoint: Checkpoint) -> Iterator[Snapshot]:
    """Of all training that led to it, rewards and merged adapters too; the nearest first."""
    waiting: list[Checkpoint | None] = [checkpoint]
    met: set[int] = set()
    while waiting:
        here = waiting.pop(0)
        if here is None or here.pk in met:
            continue
        met.add(here.pk)
        waiting.append(here.lies_over)
        run = here.run
        if run is None:
            continue
        if run.snapshot is not None and run.kind == RunKind.TRAIN:
            yield run.snapshot
        waiting += [run.base, *run.reward_models.all()]


def projects_behind(checkpoint: Checkpoint) -> list[Project]:
    """Whose votes it learnt from, by name; none for a base that was brought along."""
    snapshots = snapshots_behind(checkpoint)
    return list(Project.objects.filter(snapshots__in=snapshots).distinct().order_by("name"))
