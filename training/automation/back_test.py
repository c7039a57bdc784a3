"""When a schedule would have started in the last ninety days, by what was stored meanwhile.

It goes through the stored hours as the beat would have, by the same rule. What was not written down
then cannot be known now: due times for which that matters are counted apart. What is never written
down, such as whether a worker was free, is taken to have allowed the start, and named.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from django.db.models import Count, Max
from django.db.models.functions import TruncHour

from training.automation.calendar_rules import CalendarRule
from training.automation.conditions import All, AnyOf, Clause, Condition, Not, clauses_of, parsed
from training.automation.counting import learnable
from training.automation.deciding import Stand, decide
from training.automation.evaluating import Measured, evaluate
from training.automation.situations import cools_until, facts_from_json, quiet_at
from training.automation.vocabulary import FACTS
from training.models import ProjectFacts, Round, Schedule, ScheduleOutcome, ScheduleTrigger

SPAN = timedelta(days=90)
STEP = timedelta(hours=1)
LONGEST_GAP = timedelta(hours=3)  # between two rows: more, and nobody was measuring
MOST_DUE = 3000


@dataclass
class BackTest:
    """starts: when it would have started. n_unclear: how often it was due and nobody can say.

    known_since: the first stored facts of the project, or None. taken_for_granted: facts that the
    conditions ask for and that are never kept. hours_held of hours_known: of the conditions, due or
    not.
    """

    since: datetime
    until: datetime
    known_since: datetime | None
    taken_for_granted: list[str]
    comes_due_by_itself: bool
    starts: list[datetime] = field(default_factory=list)
    n_due: int = 0
    n_unclear: int = 0
    hours_held: int = 0
    hours_known: int = 0


@dataclass(frozen=True)
class StoredPreferences:
    """How many of those that stand today had been resolved by an instant; to the hour."""

    hours: Sequence[datetime]
    n_until: Sequence[int]

    def between(self, start: datetime | None, end: datetime) -> int:
        return self._until(end) - (self._until(start) if start else 0)

    def _until(self, instant: datetime) -> int:
        place = bisect_right(self.hours, instant)
        return self.n_until[place - 1] if place else 0


def back_test(schedule: Schedule, *, now: datetime) -> BackTest:
    asked = parsed(schedule.conditions)
    condition = _granted(asked, holds=True)
    rows = list(
        ProjectFacts.objects.filter(
            project=schedule.recipe.project_id, held_until__gte=now - SPAN
        ).order_by("measured_at")
    )
    found = BackTest(
        since=now - SPAN,
        until=now,
        known_since=max(rows[0].measured_at, now - SPAN) if rows else None,
        taken_for_granted=sorted(
            {one.fact for _path, one in clauses_of(asked) if not FACTS[one.fact].has_history}
        ),
        comes_due_by_itself=schedule.trigger
        in (ScheduleTrigger.PREFERENCES, ScheduleTrigger.CALENDAR),
    )
    preferences = _stored_preferences(schedule, now)
    walk = _Walk(schedule, condition, preferences, found)
    walk.last_start = _last_round_before(schedule, found.since)
    calendar = _due_times(schedule, found)
    for instant in sorted({*_hours(found), *calendar}):
        walk.to(instant, _facts_at(rows, instant), is_due_time=instant in calendar)
    return found


class _Walk:
    """What ticks would have carried from one to the next."""

    def __init__(
        self,
        schedule: Schedule,
        condition: Condition,
        preferences: StoredPreferences,
        found: BackTest,
    ) -> None:
        self._schedule, self._condition = schedule, condition
        self._preferences, self._found = preferences, found
        self._held_since: dict[str, datetime] = {}
        self._due_at: datetime | None = None
        self._is_unclear = False  # of what is due now
        self.last_start: datetime | None = None

    def to(self, instant: datetime, facts: Mapping[str, Measured], *, is_due_time: bool) -> None:
        evaluated = evaluate(
            self._condition,
            {**facts, **self._own_facts(instant)},
            now=instant,
            held_since=self._held_since,
        )
        self._held_since = evaluated.held_since
        if evaluated.truth is not None and not is_due_time:
            self._found.hours_known += 1
            self._found.hours_held += evaluated.truth
        self._come_due(instant, is_due_time=is_due_time)
        stand = Stand(
            now=instant,
            due_at=self._due_at,
            has_round=False,
            is_quiet=quiet_at(self._schedule, instant),
            is_cooling=cools_until(self._schedule, self.last_start, instant) is not None,
            holds=evaluated.truth,
        )
        outcome = decide(self._schedule, stand)
        if outcome == ScheduleOutcome.STARTED:
            self._found.starts.append(instant)
            self.last_start = instant
        elif evaluated.truth is None and not self._is_unclear:
            self._is_unclear = (
                decide(self._schedule, replace(stand, holds=True)) == ScheduleOutcome.STARTED
            )
            self._found.n_unclear += self._is_unclear
        if outcome in (ScheduleOutcome.STARTED, ScheduleOutcome.LAPSED):
            self._due_at = None

    def _come_due(self, instant: datetime, *, is_due_time: bool) -> None:
        if self._schedule.trigger == ScheduleTrigger.PREFERENCES:
            n_new = self._preferences.between(self.last_start, instant)
            if n_new < (self._schedule.every_n or 1):
                self._due_at = None
            elif self._due_at is None:
                self._is_due_from(instant)
        elif is_due_time:
            self._is_due_from(instant)

    def _is_due_from(self, instant: datetime) -> None:
        self._due_at, self._is_unclear = instant, False
        self._found.n_due += 1

    def _own_facts(self, instant: datetime) -> dict[str, Measured]:
        """A round that would have started is taken for one that succeeded at once."""
        facts = {"new_preferences": Measured(self._preferences.between(self.last_start, instant))}
        if self.last_start is not None:
            hours = (instant - self.last_start).total_seconds() / 3600
            facts["hours_since_success"] = Measured(hours)
        return facts


def _granted(condition: Condition, *, holds: bool) -> Condition:
    """The condition with every clause on what is never kept in favour of a start."""
    match condition:
        case Clause():
            if FACTS[condition.fact].has_history:
                return condition
            return All(()) if holds else AnyOf(())  # always true, never true
        case Not(part):
            return Not(_granted(part, holds=not holds))
        case All(parts):
            return All(tuple(_granted(part, holds=holds) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_granted(part, holds=holds) for part in parts))


def _last_round_before(schedule: Schedule, instant: datetime) -> datetime | None:
    rounds = Round.objects.filter(recipe=schedule.recipe_id, started_at__lt=instant)
    last: datetime | None = rounds.aggregate(last=Max("started_at"))["last"]
    return last


def _stored_preferences(schedule: Schedule, now: datetime) -> StoredPreferences:
    by_hour = (
        learnable(schedule.recipe, now)
        .annotate(hour=TruncHour("resolved_at", tzinfo=UTC))
        .values_list("hour")
        .annotate(n=Count("pk"))
        .order_by("hour")
    )
    hours, counts = [], []
    for hour, n in by_hour:
        hours.append(hour + STEP)  # by the end of the hour all of them are there
        counts.append(n)
    return StoredPreferences(hours, list(accumulate(counts)))


def _hours(found: BackTest) -> Iterator[datetime]:
    hour = found.since.replace(minute=0, second=0, microsecond=0) + STEP
    while hour <= found.until:
        yield hour
        hour += STEP


def _due_times(schedule: Schedule, found: BackTest) -> set[datetime]:
    if schedule.trigger != ScheduleTrigger.CALENDAR:
        return set()
    rule = CalendarRule.stored(schedule.rule, schedule.time_zone)
    return set(rule.between(found.since, found.until, most=MOST_DUE))


def _facts_at(rows: Sequence[ProjectFacts], instant: datetime) -> dict[str, Measured]:
    """What stood at an instant; nothing where nobody was measuring then."""
    place = bisect_right(rows, instant, key=lambda row: row.measured_at)
    if not place:
        return {}
    row = rows[place - 1]
    follows = rows[place].measured_at if place < len(rows) else None
    is_seamless = follows is not None and follows - row.held_until <= LONGEST_GAP
    if instant - row.held_until > LONGEST_GAP and not is_seamless:
        return {}
    return facts_from_json(row.facts)
