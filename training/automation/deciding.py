"""What follows from a situation: the one rule that ticks, presses, dry runs and back-tests ask."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from training.automation.evaluating import Truth
from training.models import Schedule, ScheduleOutcome, ScheduleTrigger


@dataclass(frozen=True)
class Stand:
    """What stands in the way of a schedule at an instant, and what does not."""

    now: datetime
    due_at: datetime | None
    has_round: bool
    is_quiet: bool
    is_cooling: bool
    holds: Truth


def decide(schedule: Schedule, stand: Stand) -> ScheduleOutcome:
    """STARTED where it may start. What is not known does not hold.

    A round under way and quiet hours are waited for. Conditions and cool-down are waited for by a
    schedule that counts preferences, as what it waits for has not gone by; any other waits as long
    as it was told to, and lapses then.
    """
    if stand.due_at is None:
        return ScheduleOutcome.NOT_DUE
    if stand.has_round:
        return ScheduleOutcome.WAITS_FOR_ROUND
    if stand.is_quiet:
        return ScheduleOutcome.WAITS_FOR_QUIET
    if stand.holds and not stand.is_cooling:
        return ScheduleOutcome.STARTED
    patience = timedelta(hours=schedule.patience_hours)
    if schedule.trigger != ScheduleTrigger.PREFERENCES and stand.now - stand.due_at >= patience:
        return ScheduleOutcome.LAPSED
    return (
        ScheduleOutcome.WAITS_FOR_CONDITIONS
        if not stand.holds
        else ScheduleOutcome.WAITS_FOR_COOLDOWN
    )
