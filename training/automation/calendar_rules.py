"""Due times by a calendar rule, in UTC, from a named time zone.

A rule is a cron expression of five fields, read by cronsim, with both daylight-saving edges settled
once: a time that the clocks skip comes due at the first minute after the gap, and a time that they
pass twice comes due the first time alone. Only `*` for the hour means every hour that passes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import islice, takewhile
from typing import Self
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from django.utils.translation import gettext as _

from training.errors import ScheduleRefused
from training.runs.time_zones import known_zone, no_such_zone

MINUTE, HOUR = 0, 1
N_FIELDS = 5
WINDOWS = tuple(timedelta(days=days) for days in (1 / 24, 1, 8, 32, 370, 370 * 5))


def zone_named(name: str) -> ZoneInfo:
    """Raises: ScheduleRefused."""
    zone = known_zone(name)
    if zone is None:
        raise ScheduleRefused(no_such_zone(name), field="time_zone", value=name)
    return zone


@dataclass(frozen=True)
class CalendarRule:
    expression: str
    zone: ZoneInfo

    @classmethod
    def checked(cls, expression: str, zone_name: str) -> Self:
        """Raises: ScheduleRefused for what is no rule, and for one that never comes due."""
        rule = cls.stored(" ".join(expression.split()), zone_name)
        try:
            if len(rule.expression.split()) != N_FIELDS:
                raise CronSimError("fields")
            rule.next_after(datetime(2024, 1, 1, tzinfo=UTC))
        except (CronSimError, StopIteration, RuntimeError) as error:
            raise ScheduleRefused(
                _(
                    "“%(rule)s” is not a rule that ever comes due. A rule has five fields: minute, "
                    "hour, day of the month, month and day of the week, such as “30 2 * * MON-FRI”."
                )
                % {"rule": expression},
                field="rule",
                value=expression,
            ) from error
        return rule

    @classmethod
    def stored(cls, expression: str, zone_name: str) -> Self:
        """One that was checked when it was stored."""
        return cls(expression, zone_named(zone_name))

    def next_after(self, instant: datetime) -> datetime:
        """The first due time strictly after an instant."""
        found = CronSim(self._settled, instant.astimezone(self.zone))
        while True:
            due_at = next(found).astimezone(UTC)
            # From the second passage of an hour, cronsim goes on in the first: that is over.
            if due_at > instant:
                return due_at

    def latest_until(self, instant: datetime, *, since: datetime) -> datetime | None:
        """The last due time from `since` to `instant`, both included; it stands for all of them."""
        for window in WINDOWS:
            start = max(since, instant - window) - timedelta(microseconds=1)
            due_at = self.next_after(start)
            if due_at <= instant:
                while (following := self.next_after(due_at)) <= instant:
                    due_at = following
                return due_at
            if start < since:
                return None
        return None

    def after(self, instant: datetime) -> Iterator[datetime]:
        """Due times after an instant, without an end."""
        while True:
            instant = self.next_after(instant)
            yield instant

    def between(self, start: datetime, end: datetime, *, most: int) -> list[datetime]:
        """Due times after `start` and until `end`, at most so many."""
        return list(islice(takewhile(lambda due_at: due_at <= end, self.after(start)), most))

    def coming(self, instant: datetime, n: int) -> list[datetime]:
        """The next due times after an instant."""
        return list(islice(self.after(instant), n))

    @cached_property
    def _settled(self) -> str:
        """The expression with stars written out, so that cronsim takes its hours as named.

        It treats a star as "whenever the clock shows it", twice in autumn and never in spring.
        """
        fields = self.expression.split()
        if fields[HOUR] != "*":
            fields[HOUR] = _without_star(fields[HOUR], "0-23")
            fields[MINUTE] = _without_star(fields[MINUTE], "0-59")
        return " ".join(fields)


def _without_star(field: str, whole: str) -> str:
    return ",".join(whole + term[1:] if term.startswith("*") else term for term in field.split(","))
