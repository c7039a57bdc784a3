"""Whether a checkpoint has learnt from prompts on which it is to be measured."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from annotate.models import Project
from training.errors import RunRefused
from training.models import Checkpoint, Installation, RunKind, Snapshot


def check_not_trained_on(
    checkpoints: Iterable[Checkpoint], *, project: Project, eval_share: float
) -> None:
    """Refuse those that learnt from the project where `eval_share` of its prompts are held out.

    A snapshot that holds out a smaller share trains on prompts of the larger one.

    Raises: RunRefused, naming the largest share that is held out from all that it learnt from.
    """
    salt = Installation.objects.values_list("split_salt", flat=True).filter(pk=1).first()
    for checkpoint in checkpoints:
        for snapshot in _learnt_from(checkpoint):
            share = snapshot.eval_share if snapshot.split_salt == salt else 0.0
            if share < eval_share and snapshot.projects.filter(pk=project.pk).exists():
                raise RunRefused(
                    _(
                        "“%(checkpoint)s” learnt from “%(snapshot)s”, which holds out a share of "
                        "%(share)s of the prompts: it has seen others. Name at most that."
                    )
                    % {"checkpoint": checkpoint, "snapshot": snapshot, "share": f"{share:g}"},
                    field="eval_share",
                    value=eval_share,
                )


def _learnt_from(checkpoint: Checkpoint) -> Iterator[Snapshot]:
    """Of all training that led to it, the nearest first."""
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
