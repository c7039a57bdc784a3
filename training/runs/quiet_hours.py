"""Hours of the day in which nothing begins: what is to begin then waits for their end."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class QuietHours:
    """From one time of the day until another, perhaps of the next day, in a zone's local time."""

    begins: time
    ends: time
    zone: ZoneInfo

    def hold(self, instant: datetime) -> bool:
        """Whether it is quiet at an instant; the end itself is not."""
        local = instant.astimezone(self.zone).time()
        if self.begins <= self.ends:
            return self.begins <= local < self.ends
        return local >= self.begins or local < self.ends


def why_no_quiet_hours(quiet_from: time | None, quiet_until: time | None) -> tuple[str, str] | None:
    """What is wrong with a beginning and an end: the field, and a sentence."""
    if (quiet_from is None) != (quiet_until is None):
        missing = "quiet_until" if quiet_until is None else "quiet_from"
        return missing, _("Quiet hours need a beginning and an end.")
    if quiet_from is not None and quiet_from == quiet_until:
        return "quiet_until", _("Quiet hours that end when they begin are none: leave both empty.")
    return None
