"""Two checkpoints that people are to compare blind, asked for by a program: once for each key."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotate.arena.creating import EVAL_SHARE
from annotate.models import Arena, Project, User
from training.errors import RunRefused
from training.models import Checkpoint
from training.runs.arena_runs import open_checkpoint_arena
from training.runs.trained_on import share_unseen_by


def open_blind_comparison(
    *,
    project: Project,
    first: Checkpoint,
    second: Checkpoint,
    key: str,
    n_prompts: int = 50,
    target: int = 300,
    settings: Mapping[str, Any] | None = None,
    requested_by: User | None = None,
) -> Arena:
    """Have both answer prompts that neither was trained on, and people say which is better.

    It returns at once; the arena opens with the last answer. The same key in the same project
    again finds the same arena, and nothing is queued twice.

    Args:
        n_prompts: at most. target: judgements of people in all; it ends sooner where they decide.
        settings: as of any sampling.
    Raises: RunRefused, InvalidInput; nothing is queued then.
    """
    there = _opened(project, key)
    if there is not None:
        return there
    if first.digest == second.digest:
        raise RunRefused(
            _("They have the same weights: there is nothing to compare."),
            field="checkpoints",
            value=str(second.public_id),
        )
    try:
        with transaction.atomic():
            arena, _runs = open_checkpoint_arena(
                project=project,
                name=_("%(first)s against %(second)s")[:120]
                % {"first": first.name[:50], "second": second.name[:50]},
                checkpoints=[first, second],
                n_prompts=n_prompts,
                target=target,
                eval_share=_share(first, second, project=project),
                settings=settings or {},
                requested_by=requested_by,
            )
            arena.key = key  # taken already, and all of this is undone
            arena.save(update_fields=["key"])
    except IntegrityError:  # another attempt was quicker
        there = _opened(project, key)
        if there is None:
            raise
        return there
    return arena


def _opened(project: Project, key: str) -> Arena | None:
    return Arena.objects.filter(project=project, key=key).first() if key else None


def _share(first: Checkpoint, second: Checkpoint, *, project: Project) -> float:
    """Raises: RunRefused."""
    share = share_unseen_by([first, second], project=project)
    if share == 0:
        raise RunRefused(
            _("One of them learnt from all prompts of the project: none is left to compare on."),
            field="checkpoints",
            value=str(first.public_id),
        )
    return EVAL_SHARE if share is None else share
