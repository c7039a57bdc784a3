"""Whether checkpoints have learnt from prompts on which they are to be measured.

A snapshot that holds out a smaller share trains on prompts of the larger one, and under another
salt any prompt may have been on either side.
"""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from annotate.models import Project
from training.errors import RunRefused
from training.lineage.behind import learnt_from
from training.models import Checkpoint, Installation, Snapshot


def check_not_trained_on(
    checkpoints: Iterable[Checkpoint], *, project: Project, eval_share: float
) -> None:
    """Refuse those that learnt from the project where `eval_share` of its prompts are held out.

    Raises: RunRefused, naming the largest share that is held out from all that it learnt from.
    """
    for checkpoint in checkpoints:
        for snapshot, share in _held_out(checkpoint, project):
            if share < eval_share:
                raise RunRefused(
                    _(
                        "“%(checkpoint)s” learnt from “%(snapshot)s”, which holds out a share of "
                        "%(share)s of the prompts: it has seen others. Name at most that."
                    )
                    % {"checkpoint": checkpoint, "snapshot": snapshot, "share": f"{share:g}"},
                    field="eval_share",
                    value=eval_share,
                )


def has_seen(origin: str, project: Project, eval_share: float) -> bool | None:
    """As arenas ask: an origin is a checkpoint's digest, or a model of which nothing is known."""
    checkpoints = list(Checkpoint.objects.filter(digest=origin))
    if not checkpoints:
        return None
    shares = [share for checkpoint in checkpoints for _of, share in _held_out(checkpoint, project)]
    return any(share < eval_share for share in shares)


def _held_out(checkpoint: Checkpoint, project: Project) -> list[tuple[Snapshot, float]]:
    """Of each snapshot of the project that it learnt from, the share that it did not."""
    salt = Installation.objects.values_list("split_salt", flat=True).filter(pk=1).first()
    return [
        (snapshot, snapshot.eval_share if snapshot.split_salt == salt else 0.0)
        for snapshot in learnt_from(checkpoint)
        if snapshot.projects.filter(pk=project.pk).exists()
    ]
