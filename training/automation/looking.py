"""Looking at one schedule: when it is due, by a press, and by a call from outside.

The rows are the truth, and whoever looks may look again. Whoever acts holds the schedule's row, and
writes the round, the check and the schedule in one transaction: two schedulers, or one that is
killed at any moment, leave one round or none.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.errors import AccordError
from annotate.models import User
from annotate.text.language import in_language_of
from training.automation.calendar_rules import CalendarRule
from training.automation.counting import store_counts
from training.automation.deciding import Stand, decide
from training.automation.recipes import newest_version
from training.automation.rounds import start_round
from training.automation.situations import CLOCKS_DIFFER, Known, Situation
from training.automation.stored_clauses import clause_as_json
from training.errors import NotFound, RoundUnderWay
from training.models import Schedule, ScheduleCheck, ScheduleOutcome, ScheduleTrigger

CHECKS_KEPT_FOR = timedelta(days=400)
REMEMBERED = [
    *("due_at", "next_due_at", "checked_at", "held_since"),
    *("last_outcome", "last_reason", "last_truths"),
]


def look_at(schedule_id: int, *, now: datetime | None = None) -> ScheduleCheck | None:
    """Look at one schedule and do what follows; the check, if it found something new."""
    now = now or timezone.now()
    _count_if_needed(schedule_id, now)
    with transaction.atomic():
        found = _locked(schedule_id, now)
        if found is None or found.schedule.is_paused:
            return None
        schedule = found.schedule
        schedule.due_at, schedule.next_due_at = due_times(found)
        outcome = decide(schedule, stand_of(found, schedule.due_at))
        made = _carry_out(found, outcome, trigger=schedule.trigger, due_at=schedule.due_at)
        has_news = is_new(found, made)
        _keep(found, made)
        if not has_news:
            return None
        made.save()
        return made


def press(schedule_id: int, *, pressed_by: User | None, is_anyway: bool = False) -> ScheduleCheck:
    """Start now if the conditions hold; `is_anyway` starts although they do not, or it is quiet.

    A round under way is never doubled. The check that is returned says what stood in the way.
    """
    now = timezone.now()
    _count_if_needed(schedule_id, now)
    with transaction.atomic():
        found = _locked(schedule_id, now)
        if found is None:
            raise NotFound(_("There is no such schedule."))
        outcome = decide(found.schedule, stand_of(found, now))
        if is_anyway and not found.rounds.is_running:
            outcome = ScheduleOutcome.STARTED
        made = _carry_out(
            found, outcome, trigger=ScheduleTrigger.HAND, due_at=None, asked_by=pressed_by
        )
        if made.outcome == ScheduleOutcome.STARTED:
            _keep(found, made)
        made.save()
        return made


def forget_old_checks() -> None:
    """What led to no round is of no use after a year; what led to one is kept."""
    old = ScheduleCheck.objects.filter(checked_at__lt=timezone.now() - CHECKS_KEPT_FOR)
    old.filter(round=None).delete()


def due_times(found: Situation) -> tuple[datetime | None, datetime | None]:
    """Since when the schedule is due, and when the calendar says next. Missed times are one."""
    schedule, now = found.schedule, found.now
    if schedule.trigger == ScheduleTrigger.PREFERENCES:
        is_due = found.is_counted and schedule.n_since_round >= (schedule.every_n or 1)
        return (schedule.due_at or now if is_due else None), None
    if schedule.trigger != ScheduleTrigger.CALENDAR:
        return schedule.due_at, None
    rule = CalendarRule.stored(schedule.rule, schedule.time_zone)
    if schedule.next_due_at is None:
        return schedule.due_at, rule.next_after(now)
    if _has_gone_back(schedule, now):
        return schedule.due_at, _next_not_started(schedule, rule, now)
    if schedule.next_due_at > now:
        return schedule.due_at, schedule.next_due_at
    latest = rule.latest_until(now, since=schedule.next_due_at)
    return latest or schedule.due_at, rule.next_after(now)


def _has_gone_back(schedule: Schedule, now: datetime) -> bool:
    """Whether the clock was ahead at the last look, so that its next time may be far too late."""
    return schedule.checked_at is not None and schedule.checked_at - now > CLOCKS_DIFFER


def _next_not_started(schedule: Schedule, rule: CalendarRule, now: datetime) -> datetime:
    """The next time of the calendar that has not come already, before the clock was set back."""
    started = schedule.checks.filter(outcome=ScheduleOutcome.STARTED)
    return next(at for at in rule.after(now) if not started.filter(due_at=at).exists())


def stand_of(found: Situation, due_at: datetime | None) -> Stand:
    return Stand(
        now=found.now,
        due_at=due_at,
        has_round=found.rounds.is_running,
        is_quiet=found.is_quiet,
        is_cooling=found.cools_until is not None,
        holds=found.evaluated.truth,
    )


def is_news(found: Situation) -> bool:
    """Whether the look finds anything that the one before did not."""
    schedule = found.schedule
    due_at, next_due_at = due_times(found)
    outcome = decide(schedule, stand_of(found, due_at))
    if outcome == ScheduleOutcome.STARTED and _is_refused_still(schedule):
        outcome = ScheduleOutcome.REFUSED
    return (
        (due_at, next_due_at) != (schedule.due_at, schedule.next_due_at)
        or outcome != schedule.last_outcome
        or list(found.evaluated.truths) != schedule.last_truths
        or _held_since(found) != schedule.held_since
    )


def _is_refused_still(schedule: Schedule) -> bool:
    """Whether there is no need to try again what was refused as its recipe rests."""
    return schedule.last_outcome == ScheduleOutcome.REFUSED and schedule.recipe.is_paused


def check_of(
    found: Situation,
    outcome: ScheduleOutcome,
    *,
    due_at: datetime | None,
    asked_by: User | None = None,
) -> ScheduleCheck:
    """What this look has found, not yet stored; a round that starts is still to be added."""
    return ScheduleCheck(
        schedule=found.schedule,
        checked_at=found.now,
        outcome=outcome,
        holds=found.evaluated.truth,
        clauses=[clause_as_json(judged) for judged in found.evaluated.clauses],
        due_at=due_at,
        asked_by=asked_by,
    )


def _carry_out(
    found: Situation,
    outcome: ScheduleOutcome,
    *,
    trigger: str,
    due_at: datetime | None,
    asked_by: User | None = None,
) -> ScheduleCheck:
    """The check of this look, not yet stored; and its round, where one is to start and can."""
    schedule = found.schedule
    check = check_of(found, outcome, due_at=due_at, asked_by=asked_by)
    if outcome != ScheduleOutcome.STARTED:
        return check
    try:
        with transaction.atomic(), in_language_of(asked_by or schedule.created_by):
            check.round = start_round(
                version=newest_version(schedule.recipe),
                trigger=trigger,
                schedule=schedule,
                due_at=due_at,
                user=asked_by,
            )
    except RoundUnderWay:  # somebody else has begun one since we looked
        check.outcome = ScheduleOutcome.WAITS_FOR_ROUND
    except AccordError as error:
        check.outcome, check.reason = ScheduleOutcome.REFUSED, str(error.message)
    return check


def is_new(found: Situation, made: ScheduleCheck) -> bool:
    """What is refused is tried at every beat, and written down once."""
    schedule = found.schedule
    return made.outcome in (ScheduleOutcome.STARTED, ScheduleOutcome.LAPSED) or (
        (made.outcome, made.reason, list(found.evaluated.truths))
        != (schedule.last_outcome, schedule.last_reason, schedule.last_truths)
    )


def remember(found: Situation, made: ScheduleCheck) -> None:
    """Let the schedule know what this look has found; the caller stores it."""
    schedule = found.schedule
    keeps_due = made.outcome not in (ScheduleOutcome.STARTED, ScheduleOutcome.LAPSED) and (
        made.outcome != ScheduleOutcome.REFUSED or schedule.trigger == ScheduleTrigger.PREFERENCES
    )
    if not keeps_due:
        schedule.due_at = None
    is_over = made.outcome in (ScheduleOutcome.STARTED, ScheduleOutcome.LAPSED)
    schedule.last_outcome = ScheduleOutcome.NOT_DUE if is_over else made.outcome
    schedule.last_reason = made.reason
    schedule.last_truths = list(found.evaluated.truths)
    schedule.held_since = _held_since(found)
    schedule.checked_at = found.now


def _keep(found: Situation, made: ScheduleCheck) -> None:
    remember(found, made)
    found.schedule.save(update_fields=REMEMBERED)


def _held_since(found: Situation) -> dict[str, str]:
    return {path: at.isoformat() for path, at in found.evaluated.held_since.items()}


def _count_if_needed(schedule_id: int, now: datetime) -> None:
    """Before the row is held: counting takes its time, and holds nobody up."""
    found = _situation(Schedule.objects.select_related("recipe__project"), schedule_id, now)
    if found is None:
        return
    schedule = found.schedule
    # The stored count is a worker's of a while ago; what was refused already is not counted again.
    is_to_start = (
        schedule.trigger == ScheduleTrigger.PREFERENCES
        and schedule.last_outcome != ScheduleOutcome.REFUSED
        and due_times(found)[0] is not None
    )
    if not found.is_counted or is_to_start:
        store_counts(found.schedule, now=now)


def _locked(schedule_id: int, now: datetime) -> Situation | None:
    rows = Schedule.objects.select_for_update(of=("self",))
    return _situation(rows.select_related("recipe__project", "created_by"), schedule_id, now)


def _situation(rows: QuerySet[Schedule], schedule_id: int, now: datetime) -> Situation | None:
    schedule = rows.filter(pk=schedule_id).first()
    return None if schedule is None else Known([schedule], now=now).about(schedule)
