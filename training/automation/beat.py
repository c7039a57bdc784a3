"""The scheduler's beat: all schedules are looked at, and what is new of them is written down.

A few queries look, however many schedules there are, and a few for some hundred of them write.
What starts a round is done one by one, each in a transaction of its own; when that takes long, the
rest is left to the next beat, which finds it as due as it was.
"""

import logging
import random
import time
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from annotate.errors import AccordError
from training.automation.conditions import clauses_of, parsed
from training.automation.deciding import decide
from training.automation.looking import (
    REMEMBERED,
    check_of,
    due_times,
    is_new,
    is_news,
    look_at,
    remember,
    stand_of,
)
from training.automation.situations import Known, Situation
from training.models import Schedule, ScheduleCheck, ScheduleOutcome

logger = logging.getLogger(__name__)
AT_ONCE = 250  # schedules that are held in one transaction
LONGEST_SECONDS = 5.0  # of starting rounds; other work of the scheduler waits meanwhile

Turn = tuple[bool, float, int]  # in which order they start; the last is the key


def look_at_schedules() -> int:
    """One beat: look at all, act where something is new; on how many."""
    now = timezone.now()
    with_news = [found.schedule.pk for found in news(watched(), now=now)]
    to_start = [turn for some in _in_parts(with_news) for turn in _write_down(some, now)]
    left = _start([pk for *_turn, pk in sorted(to_start)], now)
    watched().exclude(pk__in=left).update(checked_at=now)
    return len(with_news) - len(left)


def watched() -> QuerySet[Schedule]:
    return Schedule.objects.filter(is_paused=False)


def news(schedules: QuerySet[Schedule], *, now: datetime) -> list[Situation]:
    """Those about which something has to be written down: a few queries, however many there are."""
    return [found for found, has_news in _situations(schedules, now) if has_news]


def _situations(schedules: QuerySet[Schedule], now: datetime) -> Iterator[tuple[Situation, bool]]:
    """Each that can be looked at, and whether that finds anything new."""
    rows = list(schedules.select_related("recipe__project"))
    known = Known(rows, now=now)
    for row in rows:
        try:
            found = known.about(row)
            has_news = is_news(found)
        except AccordError:  # one that cannot be looked at must not hide the others
            logger.exception("The schedule %s cannot be looked at", row.public_id)
        else:
            yield found, has_news


def _in_parts(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(keys), AT_ONCE):
        yield keys[first : first + AT_ONCE]


@transaction.atomic
def _write_down(keys: Sequence[int], now: datetime) -> list[Turn]:
    """What is new of those that start nothing; the others, which are yet to be looked at."""
    held = watched().select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    to_start: list[Turn] = []
    changed: list[Schedule] = []
    checks: list[ScheduleCheck] = []
    for found, _has_news in _situations(held, now):
        schedule = found.schedule
        schedule.due_at, schedule.next_due_at = due_times(found)
        outcome = decide(schedule, stand_of(found, schedule.due_at))
        if outcome == ScheduleOutcome.STARTED or _has_to_be_counted(found):
            to_start.append((*_turn(schedule, now), schedule.pk))
            continue
        made = check_of(found, outcome, due_at=schedule.due_at)
        if is_new(found, made):
            checks.append(made)
        remember(found, made)
        changed.append(schedule)
    ScheduleCheck.objects.bulk_create(checks)
    _store(changed)
    return to_start


def _turn(schedule: Schedule, now: datetime) -> tuple[bool, float]:
    """Who has been due longest comes first; what was refused is tried again after all others, in
    any order, so that none of it is always left to the next beat."""
    if schedule.last_outcome == ScheduleOutcome.REFUSED:
        return True, random.random()  # nobody gains by foreseeing it
    return False, (schedule.due_at or now).timestamp()


def _store(changed: Sequence[Schedule]) -> None:
    """Update the rows, which are held: an insert that always meets them takes a tenth of the time
    of `bulk_update`, which builds an expression for each value."""
    Schedule.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["pk"], update_fields=REMEMBERED
    )


def _has_to_be_counted(found: Situation) -> bool:
    """Whether it is due, and nobody has counted what its conditions ask for."""
    if found.is_counted or found.schedule.due_at is None:
        return False
    asked = clauses_of(parsed(found.schedule.conditions))
    return any(clause.fact == "new_preferences" for _path, clause in asked)


def _start(keys: Sequence[int], now: datetime) -> Sequence[int]:
    """Look at each by itself; those that are left for the next beat."""
    began = time.monotonic()
    for n_done, pk in enumerate(keys):
        if time.monotonic() - began > LONGEST_SECONDS:
            return keys[n_done:]
        try:
            look_at(pk, now=now)
        except Exception:
            logger.exception("A schedule could not be looked at: %s", pk)
    return ()
