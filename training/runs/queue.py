"""What people do with runs: queue, cancel, resume."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotate.models import Project, User
from training.access.audit import record_act
from training.errors import NotCancellable, NotFound, NotResumable, RunRefused
from training.models import ENDED_BADLY, Checkpoint, Run, RunKind, RunState, Snapshot
from training.runs.checks import (
    check_context,
    check_files_are_there,
    check_judges,
    check_snapshot,
    check_start,
    complete_evaluation_settings,
    complete_settings,
)
from training.runs.dispatch import dispatch_on_commit, ended, tell_followers
from training.runs.estimates import estimates_of
from training.runs.needs import needs_of
from training.words.methods import METHODS_IN_WORDS

NEW_ATTEMPTS = 3  # that a resumed run has, whatever went before


@transaction.atomic
def queue_run(
    *,
    method: str,
    snapshot: Snapshot,
    base: Checkpoint | None = None,
    after: Run | None = None,
    settings: Mapping[str, Any],
    name: str = "",
    requested_by: User | None = None,
) -> Run:
    """Queue a training run from a base checkpoint, or from the result of the run `after`.

    Args:
        settings: values for any of the method's settings; the others take their defaults.
    Raises: RunRefused, naming the field and the value; nothing is queued then.
    """
    complete, reward_models = complete_settings(method, settings)
    check_start(base, after)
    check_snapshot(method, snapshot)
    check_context(complete, base, after)
    run = put_in_queue(
        Run(
            kind=RunKind.TRAIN,
            method=method,
            name=name or f"{METHODS_IN_WORDS[method].title} · {snapshot.name}",
            snapshot=snapshot,
            base=base,
            after=after,
            settings=complete,
            requested_by=requested_by,
        )
    )
    run.reward_models.set(reward_models)
    return run


@transaction.atomic
def queue_evaluation_run(
    *,
    checkpoint: Checkpoint,
    snapshot: Snapshot,
    reward_model: Checkpoint | None = None,
    against: Checkpoint | None = None,
    settings: Mapping[str, Any] | None = None,
    name: str = "",
    requested_by: User | None = None,
) -> Run:
    """Queue the measuring of a checkpoint on a snapshot's held-out pairs.

    Args:
        reward_model: judges what it writes, and what `against` writes to the same prompts.
    Raises: RunRefused.
    """
    complete = complete_evaluation_settings(settings or {})
    check_judges(checkpoint, reward_model, against)
    if not snapshot.n_eval:
        raise RunRefused(
            _("The snapshot “%(name)s” holds no pair out.") % {"name": snapshot.name},
            field="snapshot",
            value=str(snapshot.public_id),
        )
    run = put_in_queue(
        Run(
            kind=RunKind.EVALUATE,
            name=name or f"{RunKind.EVALUATE.label} · {checkpoint.name}",
            snapshot=snapshot,
            base=checkpoint,
            against=against,
            settings=complete,
            requested_by=requested_by,
        )
    )
    run.reward_models.set([reward_model] if reward_model else [])
    return run


@transaction.atomic
def request_cancel(*, run_id: uuid.UUID, requested_by: User | None = None) -> Run:
    """Cancel a waiting run, or ask the worker to stop one that runs: it saves first.

    Raises: NotFound, NotCancellable.
    """
    run = _run(run_id)
    waiting = Run.objects.filter(pk=run.pk, state=RunState.QUEUED)
    running = Run.objects.filter(pk=run.pk, state=RunState.RUNNING)
    asked = {"cancel_requested_at": Now(), "cancel_requested_by": requested_by}
    if waiting.update(**ended(RunState.CANCELLED), **asked):
        tell_followers(run)
    elif not running.update(**asked):
        raise NotCancellable
    record_act(user=requested_by, action="run.cancel", target=run)
    run.refresh_from_db()
    return run


@transaction.atomic
def resume_run(*, run_id: uuid.UUID, requested_by: User | None = None) -> Run:
    """Put a failed or cancelled run at the end of the queue, to go on from its last checkpoint, or
    from its beginning where that was deleted.

    Raises: NotFound, NotResumable, RunRefused.
    """
    run = _run(run_id)
    before = run.after
    if before is not None and before.state in ENDED_BADLY:
        raise NotResumable(
            _("It starts after “%(name)s”, which did not succeed. Resume that one first.")
            % {"name": before}
        )
    resumed = Run.objects.filter(pk=run.pk, state__in=ENDED_BADLY).update(
        state=RunState.QUEUED,
        token=None,
        lease_until=None,
        max_attempts=F("attempt") + NEW_ATTEMPTS,
        waits_since=Now(),
        resumed_at=Now(),
        resumed_by=requested_by,
        cancel_requested_at=None,
        cancel_requested_by=None,
        dispatched_at=None,
        finished_at=None,
        reason="",
    )
    if not resumed:
        raise NotResumable
    check_files_are_there(run)
    record_act(user=requested_by, action="run.resume", target=run)
    dispatch_on_commit(run)
    run.refresh_from_db()
    return run


def put_in_queue(run: Run) -> Run:
    """Save a run that was checked, and tell the workers; inside the caller's transaction."""
    run.charged_to = run.project or _only_project(run.snapshot)
    run.name = run.name[: Run._meta.get_field("name").max_length]
    check_files_are_there(run)
    run.needs = needs_of(run).as_json()
    run.estimate = next((found.as_json() for found in estimates_of(run)), None)
    run.save()
    record_act(
        user=run.requested_by,
        action="run.queue",
        target=run,
        after={"kind": run.kind, "method": run.method, "settings": run.settings},
    )
    dispatch_on_commit(run)
    run.refresh_from_db()
    return run


def _only_project(snapshot: Snapshot | None) -> Project | None:
    """The project whose preferences a snapshot holds; None where it holds those of several."""
    projects = list(snapshot.projects.all()[:2]) if snapshot else []
    return projects[0] if len(projects) == 1 else None


def _run(run_id: uuid.UUID) -> Run:
    run = Run.objects.select_related("after").filter(public_id=run_id).first()
    if run is None:
        raise NotFound(_("There is no such run."), field="run", value=str(run_id))
    return run
