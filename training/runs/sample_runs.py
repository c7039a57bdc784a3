"""Sampling runs: what a checkpoint writes for people to judge, or for an arena."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotate.comparisons.visible import visible_prompts
from annotate.models import Arena, Project, User
from training.errors import RunRefused
from training.models import Checkpoint, CheckpointKind, Run, RunKind
from training.runs.checks import check_best_of, complete_sample_settings
from training.runs.queue import put_in_queue

MOST_PROMPTS = 1000


@transaction.atomic
def queue_sample_run(
    *,
    project: Project,
    checkpoint: Checkpoint,
    against_base: bool = False,
    n_prompts: int = 50,
    unanswered_only: bool = False,
    reward_model: Checkpoint | None = None,
    n_candidates: int = 4,
    settings: Mapping[str, Any],
    name: str = "",
    requested_by: User | None = None,
) -> Run:
    """Queue new comparisons for people to judge: two samples of the checkpoint on each prompt.

    Args:
        against_base: one sample of the checkpoint and one of the checkpoint it was trained from.
        unanswered_only: for prompts alone that wait for answers.
        reward_model: keeps the best of `n_candidates` for each sample.
    Raises: RunRefused.
    """
    _check_generates(checkpoint)
    if against_base and (checkpoint.run is None or checkpoint.run.base is None):
        raise RunRefused(
            _("“%(name)s” was not trained here, so there is no base to compare it with.")
            % {"name": checkpoint.name},
            field="against_base",
            value=True,
        )
    if not 1 <= n_prompts <= MOST_PROMPTS:
        raise RunRefused(
            _("The number of prompts must be from 1 to %(most)d.") % {"most": MOST_PROMPTS},
            field="n_prompts",
            value=n_prompts,
        )
    if not visible_prompts(project).exists():
        raise RunRefused(
            _("The project “%(name)s” has no prompts yet.") % {"name": project.name},
            field="project",
            value=project.slug,
        )
    if unanswered_only and not project.prompts.filter(awaits_answers=True).exists():
        raise RunRefused(
            _("No prompt of “%(name)s” waits for answers.") % {"name": project.name},
            field="unanswered_only",
            value=True,
        )
    n_samples = {"n_samples": 1} if against_base else {"n_samples": 2}
    complete = complete_sample_settings({**settings, **n_samples})
    if not against_base and complete["temperature"] == 0:
        raise RunRefused(
            _("At temperature 0 both samples are the same: raise it, or compare with the base."),
            field="temperature",
            value=0,
        )
    if reward_model is not None:
        check_best_of(reward_model, n_candidates)
        complete["n_candidates"] = n_candidates
    run = put_in_queue(
        Run(
            kind=RunKind.SAMPLE,
            name=name or f"{RunKind.SAMPLE.label} · {checkpoint.name}",
            project=project,
            base=checkpoint,
            settings={
                **complete,
                "against_base": against_base,
                "n_prompts": n_prompts,
                "unanswered_only": unanswered_only,
            },
            requested_by=requested_by,
        )
    )
    run.reward_models.set([reward_model] if reward_model else [])
    return run


@transaction.atomic
def queue_answers_run(
    *,
    arena: Arena,
    checkpoint: Checkpoint,
    n_samples: int = 1,
    settings: Mapping[str, Any],
    requested_by: User | None = None,
) -> Run:
    """Queue what a contestant writes for its arena: `n_samples` answers to each prompt.

    Raises: RunRefused.
    """
    _check_generates(checkpoint)
    complete = complete_sample_settings({**settings, "n_samples": n_samples})
    if n_samples > 1 and complete["temperature"] == 0:
        raise RunRefused(
            _("At temperature 0 a copy writes the same: raise it, or enter no copy."),
            field="temperature",
            value=0,
        )
    return put_in_queue(
        Run(
            kind=RunKind.SAMPLE,
            name=f"{arena.name} · {checkpoint.name}",
            project=arena.project,
            base=checkpoint,
            settings={
                **complete,
                "against_base": False,
                "n_prompts": arena.prompts.count(),
                "arena": str(arena.public_id),
            },
            requested_by=requested_by,
        )
    )


def _check_generates(checkpoint: Checkpoint) -> None:
    if checkpoint.kind == CheckpointKind.REWARD_MODEL:
        raise RunRefused(
            _("“%(name)s” is a reward model: it scores text and writes none.")
            % {"name": checkpoint.name},
            field="checkpoint",
            value=str(checkpoint.public_id),
        )
