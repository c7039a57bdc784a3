"""Taking a round as far as it can go: short, and harmless however often it is done.

Whoever ends a run rings, and the scheduler looks at all rounds every few seconds besides. Each
look holds the lock of the round's row, reads what has become of the present step, and begins the
next one in the same transaction that says so: killed at any moment, it is done again as if it
had never begun.
"""

import logging
import random
import time
from datetime import timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotate.errors import AccordError
from annotate.text.language import in_language_of
from annotate.work.bells import ring_on_commit, ring_once
from annotate.work.claims import STALE_SECONDS, WAIT_SECONDS
from training.automation.chain import stored_chain
from training.automation.rounds import end_round
from training.automation.step import BegunStep, Ending, Skipped, Step
from training.automation.step_context import StepContext
from training.models import Round, RoundState, RoundStep, StepState

logger = logging.getLogger(__name__)

DO_STEP = "training.tasks.do_step"
LONGEST_SECONDS = 5.0  # of looking at rounds


def advance_rounds() -> None:
    """Look at rounds that are not over, and ring again for steps that nobody is at.

    Whoever ends something rings: this is for what was lost. Of many rounds some are looked at, any
    of them, so that each has its turn and the work of the scheduler behind this one, too.
    """
    running = list(Round.objects.filter(state=RoundState.RUNNING).values_list("pk", flat=True))
    random.shuffle(running)
    began = time.monotonic()
    for pk in running:
        if time.monotonic() - began > LONGEST_SECONDS:
            break
        try:
            advance_round(pk)
        except (OperationalError, InterfaceError):
            raise  # of the next one it would be the same
        except Exception:
            logger.exception("Round %s cannot be advanced; it is tried again", pk)
    for pk in forgotten_steps():
        ring_once(DO_STEP, pk)


def forgotten_steps() -> list[int]:
    """Steps whose message was lost, or whose worker has been silent for too long."""
    waits = Q(state=StepState.QUEUED, started_at__lt=Now() - timedelta(seconds=WAIT_SECONDS))
    is_silent = Q(
        state=StepState.RUNNING,
        token__isnull=False,
        heartbeat_at__lt=Now() - timedelta(seconds=STALE_SECONDS),
    )
    return list(RoundStep.objects.filter(waits | is_silent).values_list("pk", flat=True))


@transaction.atomic
def advance_round(pk: int) -> None:
    """Go on with a round, if it is not over."""
    held = (
        Round.objects.select_for_update(of=("self",))
        .select_related("recipe__project", "version", "requested_by")
        .filter(pk=pk, state=RoundState.RUNNING)
        .first()
    )
    if held is None:
        return
    chain = stored_chain(held.version)
    with in_language_of(held.requested_by):
        for row in held.steps.select_related("run", "arena").order_by("number"):
            step, context = chain[row.number - 1], StepContext(held, row)
            if row.state == StepState.RUNNING and isinstance(step, BegunStep):
                _look(step, context)
            if row.state == StepState.WAITING:
                _begin(step, context)
            if row.state in (StepState.FAILED, StepState.CANCELLED):
                end_round(held, RoundState.FAILED, reason=_why(step, row))
                return
            if row.state not in RoundStep.DONE:
                return  # it is under way
        end_round(held, RoundState.SUCCEEDED)


def _look(step: BegunStep, context: StepContext) -> None:
    """Take over what has become of what the step began."""
    try:
        ending = step.ending(context)
    except AccordError as error:
        ending = Ending(state=StepState.FAILED, reason=str(error.message))
    if ending is not None:
        _write(
            context.row,
            state=ending.state,
            reason=ending.reason,
            result=ending.result,
            finished_at=Now(),
        )


def _begin(step: Step, context: StepContext) -> None:
    row = context.row
    if not isinstance(step, BegunStep):
        _write(row, state=StepState.QUEUED, started_at=Now())
        ring_on_commit(DO_STEP, row.pk)
        return
    try:
        with transaction.atomic():  # what a refusal leaves behind goes with it
            begun = step.begin(context)
    except Skipped as skipped:
        _write(row, state=StepState.SKIPPED, reason=str(skipped), finished_at=Now())
    except AccordError as error:
        _write(row, state=StepState.FAILED, reason=str(error.message), finished_at=Now())
    else:
        _write(row, state=StepState.RUNNING, started_at=Now(), **begun)


def _write(row: RoundStep, **values: object) -> None:
    RoundStep.objects.filter(pk=row.pk).update(**values)
    row.refresh_from_db()


def _why(step: Step, row: RoundStep) -> str:
    words = {"n": row.number, "step": step.title, "reason": row.reason}
    if row.state == StepState.CANCELLED:
        return _("Step %(n)d (%(step)s) was cancelled.") % words
    return _("Step %(n)d (%(step)s): %(reason)s") % words
