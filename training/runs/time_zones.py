"""The time zones that this machine knows by name."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext as _


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())  # a walk through some hundred files


def zone_names() -> list[str]:
    """What people may choose from: places, and UTC; no abbreviations and no bare offsets."""
    places = {name for name in _known_zones() if "/" in name and not name.startswith("Etc/")}
    return ["UTC", *sorted(places)]


def known_zone(name: str) -> ZoneInfo | None:
    return ZoneInfo(name) if name in _known_zones() else None


def no_such_zone(name: str) -> str:
    return _("“%(name)s” is not a time zone; they are called like Asia/Shanghai or UTC.") % {
        "name": name
    }
