"""What begins and ends a round before its time: somebody, a schedule, or another system."""

import uuid
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotate.models import PublicModel, User
from annotate.work.bells import ring_on_commit
from training.access.audit import record_act
from training.automation.chain import names_in, stored_chain
from training.automation.decisions import bearers
from training.errors import (
    NotCancellable,
    NotFound,
    RecipePaused,
    RoundNotResumable,
    RoundOver,
    RoundUnderWay,
)
from training.models import (
    Recipe,
    RecipeVersion,
    Round,
    RoundState,
    RoundStep,
    RoundTrigger,
    Run,
    RunState,
    StepState,
)
from training.runs.arena_runs import answer_runs
from training.runs.dispatch import ADVANCE
from training.runs.queue import request_cancel, resume_run


@transaction.atomic
def start_round(
    *,
    version: RecipeVersion,
    trigger: str,
    schedule: PublicModel | None = None,
    due_at: datetime | None = None,
    user: User | None = None,
) -> Round:
    """Begin a round; a worker takes it from there. There is one of a recipe at a time.

    Args:
        schedule: that begins it, for the audit trail; its own history leads to the round.
    Raises: RecipePaused, RoundUnderWay; nothing is begun then.
    """
    # Whoever comes second waits here, and then finds the round of the first.
    recipe = Recipe.objects.select_for_update().get(pk=version.recipe_id)
    if recipe.is_paused:
        raise RecipePaused
    if recipe.rounds.filter(state=RoundState.RUNNING).exists():
        raise RoundUnderWay
    chain = stored_chain(version)
    last = recipe.rounds.aggregate(last=Max("number"))["last"] or 0
    begun = Round.objects.create(
        recipe=recipe,
        version=version,
        number=last + 1,
        trigger=RoundTrigger(trigger),
        due_at=due_at,
        requested_by=user,
        names=bearers(sorted(names_in(chain)), recipe.project),
    )
    RoundStep.objects.bulk_create(
        RoundStep(round=begun, number=number, kind=step.do)
        for number, step in enumerate(chain, start=1)
    )
    by = {"schedule": str(schedule.public_id)} if schedule else {}
    record_act(
        user=user, action="round.start", target=begun, after={"trigger": begun.trigger, **by}
    )
    ring_on_commit(ADVANCE, begun.pk)
    begun.refresh_from_db()
    return begun


@transaction.atomic
def cancel_round(*, round_id: uuid.UUID, cancelled_by: User | None = None) -> Round:
    """End a round, and ask what runs of it to stop. Raises: NotFound, RoundOver."""
    found = _locked(round_id)
    if found.state != RoundState.RUNNING:
        raise RoundOver
    for step in found.steps.filter(state__in=RoundStep.UNFINISHED).select_related("run", "arena"):
        _stop_runs(step, cancelled_by)
    end_round(found, RoundState.CANCELLED, cancelled_by=cancelled_by)
    record_act(user=cancelled_by, action="round.cancel", target=found)
    found.refresh_from_db()
    return found


@transaction.atomic
def resume_round(*, round_id: uuid.UUID, resumed_by: User | None = None) -> Round:
    """Let a failed or cancelled round go on where it stopped.

    Raises: NotFound, RecipePaused, RoundUnderWay, RoundNotResumable, NotResumable.
    """
    found = _locked(round_id)
    if found.state not in (RoundState.FAILED, RoundState.CANCELLED):
        raise RoundNotResumable
    recipe = Recipe.objects.select_for_update().get(pk=found.recipe_id)
    if recipe.is_paused:
        raise RecipePaused
    if recipe.rounds.filter(state=RoundState.RUNNING).exists():
        raise RoundUnderWay
    Round.objects.filter(pk=found.pk).update(
        state=RoundState.RUNNING, finished_at=None, reason="", cancelled_by=None
    )
    for step in found.steps.exclude(state__in=RoundStep.DONE).select_related("run", "arena"):
        _put_back(step, resumed_by)
    record_act(user=resumed_by, action="round.resume", target=found)
    ring_on_commit(ADVANCE, found.pk)
    found.refresh_from_db()
    return found


def end_round(running: Round, state: RoundState, **values: Any) -> bool:
    """End a round and what waits in it, in the transaction that holds its lock; whether it did."""
    ended = Round.objects.filter(pk=running.pk, state=RoundState.RUNNING).update(
        state=state, finished_at=Now(), **values
    )
    if ended:
        # A worker that is at one of them finds its claim lost, and writes nothing.
        running.steps.filter(state__in=RoundStep.UNFINISHED).update(
            state=StepState.CANCELLED, token=None, finished_at=Now()
        )
    return bool(ended)


def _stop_runs(step: RoundStep, cancelled_by: User | None) -> None:
    """An arena that people judge in stays open: their votes are worth something by themselves."""
    for run in _runs_of(step):
        with suppress(NotCancellable):  # it has just ended by itself
            request_cancel(run_id=run.public_id, requested_by=cancelled_by)


def _put_back(step: RoundStep, resumed_by: User | None) -> None:
    is_begun = step.run is not None or step.arena is not None
    state = StepState.RUNNING if is_begun else StepState.WAITING  # it says what becomes of it
    for run in _runs_of(step):
        if run.state in (RunState.FAILED, RunState.CANCELLED):
            resume_run(run_id=run.public_id, requested_by=resumed_by)
    RoundStep.objects.filter(pk=step.pk).update(
        state=state, token=None, attempt=0, finished_at=None, reason=""
    )


def _runs_of(step: RoundStep) -> list[Run]:
    if step.arena is not None:
        return list(answer_runs(step.arena).order_by("pk"))
    return [] if step.run is None else [step.run]


def _locked(round_id: uuid.UUID) -> Round:
    found = (
        Round.objects.select_for_update(of=("self",))
        .select_related("recipe__project", "requested_by")
        .filter(public_id=round_id)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such round."), field="round", value=str(round_id))
    return found
