"""What a schedule would do now, with today's data; nothing is started and nothing written down."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from training.automation.calendar_rules import CalendarRule
from training.automation.counting import count_preferences, last_rounds
from training.automation.deciding import decide
from training.automation.evaluating import Evaluated
from training.automation.looking import due_times, stand_of
from training.automation.situations import Known
from training.models import Recipe, Schedule, ScheduleOutcome, ScheduleTrigger

N_COMING = 3


@dataclass(frozen=True)
class DryRun:
    """outcome: as if it came due now. due_at: since when it really is due, if it is."""

    schedule: Schedule
    outcome: ScheduleOutcome
    evaluated: Evaluated
    due_at: datetime | None
    cools_until: datetime | None
    coming: list[datetime]  # the next due times, of a schedule by the calendar

    @property
    def would_start(self) -> bool:
        return self.outcome == ScheduleOutcome.STARTED


def dry_run(schedule: Schedule, *, now: datetime | None = None) -> DryRun:
    """The schedule comes with its recipe and project."""
    now = now or timezone.now()
    rounds = last_rounds(Recipe.objects.filter(pk=schedule.recipe_id))
    if schedule.counted_since != rounds[schedule.recipe_id].key:
        count_preferences(schedule, now=now)
    found = Known([schedule], now=now).about(schedule)
    coming = []
    if schedule.trigger == ScheduleTrigger.CALENDAR:
        rule = CalendarRule.stored(schedule.rule, schedule.time_zone)
        coming = rule.coming(now, N_COMING)
    outcome = decide(schedule, stand_of(found, now))
    if outcome == ScheduleOutcome.STARTED and schedule.recipe.is_paused:
        outcome = ScheduleOutcome.REFUSED
    return DryRun(
        schedule=schedule,
        outcome=outcome,
        evaluated=found.evaluated,
        due_at=None if schedule.is_paused else due_times(found)[0],
        cools_until=found.cools_until,
        coming=coming,
    )
