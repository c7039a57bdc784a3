"""Webhooks: another system lets a schedule come due, with a token of that schedule alone."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.access.tokens import token_digest
from annotate.models import User
from training.access.audit import record_act
from training.automation.looking import look_at
from training.automation.schedules import schedule_named
from training.automation.situations import CLOCKS_DIFFER
from training.errors import HookRefused, ScheduleRefused, TooManyCalls
from training.models import (
    Round,
    Schedule,
    ScheduleCheck,
    ScheduleOutcome,
    ScheduleTrigger,
)

TOKEN_MARK = "accord_hook_"  # noqa: S105  (lets secret scanners find a token committed by mistake)
PREFIX_SHOWN = len(TOKEN_MARK) + 4
MOST_CALLS = 60  # of one schedule
WINDOW = timedelta(hours=1)


@transaction.atomic
def make_hook_token(*, schedule_id: uuid.UUID, made_by: User | None) -> str:
    """A new token in plain text, which is shown once; the one before it ends.

    Raises: NotFound; ScheduleRefused where no webhook is its trigger.
    """
    schedule = schedule_named(schedule_id)
    if schedule.trigger != ScheduleTrigger.WEBHOOK:
        raise ScheduleRefused(
            _("This schedule does not come due by webhook."),
            field="trigger",
            value=schedule.trigger,
        )
    plain = TOKEN_MARK + secrets.token_urlsafe(32)
    Schedule.objects.filter(pk=schedule.pk).update(
        hook_prefix=plain[:PREFIX_SHOWN],
        hook_digest=token_digest(plain),
        hook_made_at=timezone.now(),
    )
    record_act(user=made_by, action="schedule.make_token", target=schedule)
    return plain


@dataclass(frozen=True)
class HookCalled:
    """What a call led to: its round, where one began."""

    outcome: str
    round: Round | None = None


def call_hook(*, schedule_id: uuid.UUID, token: str) -> HookCalled:
    """Let the schedule come due now; calls that come while it is due already are one.

    Raises: HookRefused, alike for a wrong token and for a schedule that is not there; TooManyCalls.
    """
    hooks = Schedule.objects.filter(trigger=ScheduleTrigger.WEBHOOK).exclude(hook_digest="")
    schedule = hooks.filter(public_id=schedule_id).first()
    if schedule is None or not secrets.compare_digest(schedule.hook_digest, token_digest(token)):
        raise HookRefused
    _count_call(schedule)
    now = timezone.now()
    Schedule.objects.filter(pk=schedule.pk, due_at=None, is_paused=False).update(due_at=now)
    check = look_at(schedule.pk) or _check_of_another_look(schedule, due_at=now)
    if check is not None:
        return HookCalled(check.outcome, check.round)
    schedule.refresh_from_db(fields=["last_outcome"])
    return HookCalled(schedule.last_outcome or ScheduleOutcome.NOT_DUE)


def _check_of_another_look(schedule: Schedule, *, due_at: datetime) -> ScheduleCheck | None:
    """The scheduler may have started meanwhile what this call has let come due."""
    started = schedule.checks.filter(due_at=due_at, outcome=ScheduleOutcome.STARTED)
    return started.select_related("round").first()


def _count_call(schedule: Schedule) -> None:
    """One conditional UPDATE, so that calls at once cannot slip through. Raises: TooManyCalls."""
    now = timezone.now()
    rows = Schedule.objects.filter(pk=schedule.pk)
    is_over = Q(hook_window_at=None) | Q(hook_window_at__lte=now - WINDOW)
    is_over |= Q(hook_window_at__gt=now + CLOCKS_DIFFER)
    if rows.filter(is_over).update(hook_window_at=now, n_hook_calls=1):
        return
    if not rows.filter(n_hook_calls__lt=MOST_CALLS).update(n_hook_calls=F("n_hook_calls") + 1):
        raise TooManyCalls
