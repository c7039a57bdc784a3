"""Calendar rules and times of day as people say them."""

from datetime import time

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from training.automation.calendar_rules import CalendarRule

DAY_NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


def rule_in_words(rule: CalendarRule) -> str:
    """A sentence's part, such as "every day at 02:30 (Asia/Shanghai)"; a rare rule as it stands."""
    minute, hour, day, month, weekday = rule.expression.split()
    plain = month == "*" and minute.isdigit()
    words = ""
    if plain and hour == "*" and day == weekday == "*":
        words = _("every hour at minute %(minute)s") % {"minute": minute}
    elif plain and hour.isdigit():
        at = f"{int(hour):02}:{int(minute):02}"
        if day == weekday == "*":
            words = _("every day at %(time)s") % {"time": at}
        elif day == "*" and (days := _weekdays(weekday)):
            words = _("every %(days)s at %(time)s") % {"days": days, "time": at}
        elif weekday == "*" and day.isdigit():
            words = _("on day %(day)s of every month at %(time)s") % {"day": day, "time": at}
    words = words or _("by the calendar rule “%(rule)s”") % {"rule": rule.expression}
    return _("%(when)s (%(zone)s)") % {"when": words, "zone": rule.zone.key}


def time_in_words(at: time) -> str:
    return f"{at.hour:02}:{at.minute:02}"


def _weekdays(field: str) -> str:
    """The names of the days, or nothing where the field is no plain list of them."""
    numbers: list[int] = []
    for term in field.upper().split(","):
        first, is_range, last = term.partition("-")
        ends = [_weekday(word) for word in ([first, last] if is_range else [first])]
        if None in ends:
            return ""
        numbers += range(ends[0] or 0, (ends[-1] or 0) + 1)
    # Django counts from Monday, cron from Sunday, which it also calls 7.
    return pgettext("between days", ", ").join(
        str(WEEKDAYS[(number - 1) % 7]) for number in dict.fromkeys(numbers)
    )


def _weekday(word: str) -> int | None:
    if word in DAY_NAMES:
        return DAY_NAMES.index(word)
    return int(word) if word.isdigit() else None
