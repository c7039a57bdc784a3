"""Checkpoints into an arena: it is made, and each of them is asked for its answers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from annotate.access.permissions import annotator_for
from annotate.arena.creating import Contender, create_arena
from annotate.arena.known_to_training import Awaited
from annotate.models import Arena, Project, User
from training.errors import RunRefused
from training.models import Checkpoint, Run, RunKind, RunState
from training.runs.sample_runs import queue_answers_run


@transaction.atomic
def open_checkpoint_arena(
    *,
    project: Project,
    name: str,
    checkpoints: Sequence[Checkpoint],
    origins: Sequence[str] = (),
    with_copy: bool = False,
    settings: Mapping[str, Any],
    requested_by: User | None = None,
    **wanted: Any,
) -> tuple[Arena, list[Run]]:
    """An arena of checkpoints, and of whoever else has answers here; it opens with the last answer.

    Args:
        origins: models whose answers the project has already.
        with_copy: the first checkpoint enters twice, with answers of its own each time: two that
            should not be told apart.
        wanted: as `create_arena` takes them: n_prompts, target, wanted, eval_share,
            stops_when_decided.
    Raises: RunRefused, InvalidInput; nothing is queued then.
    """
    if with_copy and not checkpoints:
        raise RunRefused(
            _("Only a checkpoint can be entered twice: name one."), field="checkpoints", value=[]
        )
    arena = create_arena(
        project=project,
        name=name,
        contenders=[
            *_contenders(checkpoints, with_copy=with_copy),
            *(Contender(origin[:120], origin) for origin in origins),
        ],
        created_by=None if requested_by is None else annotator_for(requested_by),
        **wanted,
    )
    runs = [
        queue_answers_run(
            arena=arena,
            checkpoint=checkpoint,
            n_samples=2 if with_copy and checkpoint == checkpoints[0] else 1,
            settings=settings,
            requested_by=requested_by,
        )
        for checkpoint in checkpoints
    ]
    return arena, runs


def answer_runs(arena: Arena) -> QuerySet[Run]:
    """The runs that were asked for answers to an arena's prompts."""
    return Run.objects.filter(
        kind=RunKind.SAMPLE, project=arena.project_id, settings__arena=str(arena.public_id)
    )


def awaited_answers(arena: Arena) -> dict[str, Awaited]:
    """As the arena's page asks: of each checkpoint, how its run stands."""
    return {
        run.base.digest: Awaited(
            str(RunState(run.state).label), run.state in (RunState.FAILED, RunState.CANCELLED)
        )
        for run in answer_runs(arena).select_related("base").defer("log").order_by("pk")
        if run.base is not None
    }


def _contenders(checkpoints: Sequence[Checkpoint], *, with_copy: bool) -> list[Contender]:
    """Under their names, and where two are called the same, with the beginning of the digest."""
    called = Counter(checkpoint.name for checkpoint in checkpoints)
    found = []
    for checkpoint in checkpoints:
        name = checkpoint.name[:100]
        if called[checkpoint.name] > 1:
            name = f"{name} · {checkpoint.digest[:8]}"
        found.append(Contender(name, checkpoint.digest, awaits_answers=True))
    if with_copy:
        copy = _("%(name)s (copy)") % {"name": found[0].name}
        found.append(Contender(copy, found[0].origin, sample=1, awaits_answers=True))
    return found
