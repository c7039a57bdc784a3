"""Hours of the day in which no round starts: what comes due then waits for their end."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo


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
