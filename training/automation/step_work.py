"""Doing a step that is no run, under a claim: once, whoever is killed."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotate.errors import AccordError
from annotate.text.language import in_language_of
from annotate.work.bells import take_bell
from annotate.work.claims import MAX_ATTEMPTS, STALE_SECONDS, Claim, ClaimLost, take
from annotate.work.heartbeat import Heartbeat
from training.automation.advancing import DO_STEP, advance_round
from training.automation.chain import stored_chain
from training.automation.step import Skipped, WorkStep
from training.automation.step_context import StepContext
from training.models import RoundState, RoundStep, StepState


def do_step(pk: int) -> None:
    """Do a queued step here, if nobody else is at it, and go on with its round."""
    claim = claim_step(pk)
    if claim is None:
        return
    row = claim.row
    with in_language_of(row.round.requested_by), Heartbeat(claim), suppress(ClaimLost):
        _do(claim)
    advance_round(row.round_id)


def claim_step(pk: int) -> Claim[RoundStep] | None:
    """The step with a fresh token; None if somebody has it, or it is over."""
    take_bell(DO_STEP, pk)
    is_silent = Q(
        state=StepState.RUNNING, heartbeat_at__lt=Now() - timedelta(seconds=STALE_SECONDS)
    )
    free = RoundStep.objects.filter(
        Q(state=StepState.QUEUED) | is_silent & Q(run=None),
        pk=pk,
        round__state=RoundState.RUNNING,
    )
    token = take(free)
    if token is None:
        return None
    row = RoundStep.objects.select_related(
        "round__recipe__project", "round__version", "round__requested_by"
    ).get(pk=pk)
    row.token = token
    return Claim(row)


def _do(claim: Claim[RoundStep]) -> None:
    """Raises: ClaimLost."""
    row = claim.row
    if row.attempt > MAX_ATTEMPTS:
        reason = _("Given up after %(n)d attempts that were cut short.") % {"n": MAX_ATTEMPTS}
        claim.fail(reason, token=None)
        return
    step = stored_chain(row.round.version)[row.number - 1]
    if not isinstance(step, WorkStep):
        raise TypeError(f"step {row} is a run")

    def finish(**values: Any) -> None:
        claim.succeed(token=None, **values)

    try:
        step.work(StepContext(row.round, row), finish)
    except Skipped as skipped:
        claim.write(state=StepState.SKIPPED, reason=str(skipped), finished_at=Now(), token=None)
    except AccordError as error:
        claim.fail(str(error.message), token=None)
