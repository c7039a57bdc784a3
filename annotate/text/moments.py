"""Points in time in words. Every page, sentence and letter takes them from here."""

from collections.abc import Sequence
from datetime import date, datetime, time, tzinfo

from django.utils.formats import date_format, time_format
from django.utils.timesince import timesince
from django.utils.timezone import get_current_timezone, localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def moment_in_words(when: datetime) -> str:
    """Day and minute where the reader is."""
    return date_format(localtime(when), "DATETIME_FORMAT")


def day_in_words(when: date) -> str:
    """The day alone; of a point in time, the day where the reader is."""
    return date_format(localtime(when) if isinstance(when, datetime) else when, "DATE_FORMAT")


def clock_in_words(when: datetime | time) -> str:
    """The minute of a day; of a point in time, where the reader is."""
    return time_format(localtime(when) if isinstance(when, datetime) else when, "TIME_FORMAT")


def elapsed_in_words(since: datetime) -> str:
    """How long ago, such as "3 minutes"."""
    return timesince(since)


def named_moment(when: datetime, zone: tzinfo | None = None) -> str:
    """With its zone, for what leaves this place or belongs to another; the reader's by default."""
    zone = zone or get_current_timezone()
    return _("%(when)s %(zone)s") % {
        "when": date_format(localtime(when, zone), "DATETIME_FORMAT"),
        "zone": zone,
    }


def moment_elsewhere(when: datetime, zone: tzinfo | None) -> str:
    """In a zone that something has for its own, and the reader's where clocks there differ.

    Without such a zone, where the reader is.
    """
    if zone is None:
        return moment_in_words(when)
    if localtime(when, zone).utcoffset() == localtime(when).utcoffset():
        return named_moment(when, zone)
    return _("%(there)s (%(here)s)") % {
        "there": named_moment(when, zone),
        "here": named_moment(when),
    }


def moments_elsewhere(whens: Sequence[datetime], zone: tzinfo | None) -> str:
    """Several in one zone, which is named once."""
    named = [date_format(localtime(when, zone), "DATETIME_FORMAT") for when in whens]
    listed = pgettext("between items", "; ").join(named)
    return listed if zone is None else _("%(when)s (%(zone)s)") % {"when": listed, "zone": zone}
