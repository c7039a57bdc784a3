"""Chips of the pages on schedules: a colour, an icon and a word."""

from django import template
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from training.models import Schedule, ScheduleCheck, ScheduleOutcome

register = template.Library()

TONES = {
    ScheduleOutcome.STARTED: ("good", "play"),
    ScheduleOutcome.REFUSED: ("bad", "error"),
    ScheduleOutcome.LAPSED: ("warn", "skip"),
    ScheduleOutcome.NOT_DUE: ("quiet", "clock"),
}
WAITS = ("busy", "clock")


@register.inclusion_tag("_chip.html")
def schedule_chip(schedule: Schedule) -> dict[str, object]:
    """Where a schedule stands, by its last check."""
    if schedule.is_paused:
        return {"tone": "warn", "icon": "pause", "word": _("paused")}
    if not schedule.last_outcome:
        return {"tone": "quiet", "icon": "clock", "word": _("not checked yet")}
    tone, icon = TONES.get(ScheduleOutcome(schedule.last_outcome), WAITS)
    return {"tone": tone, "icon": icon, "word": schedule.get_last_outcome_display()}


@register.inclusion_tag("_chip.html")
def check_chip(check: ScheduleCheck) -> dict[str, object]:
    tone, icon = TONES.get(ScheduleOutcome(check.outcome), WAITS)
    return {"tone": tone, "icon": icon, "word": check.get_outcome_display()}


@register.inclusion_tag("_chip.html")
def truth_chip(holds: bool | None) -> dict[str, object]:
    """Whether a clause holds, which may not be known."""
    if holds is None:
        return {"tone": "quiet", "icon": "info", "word": capfirst(_("not known"))}
    if holds:
        return {"tone": "good", "icon": "check", "word": _("holds")}
    return {"tone": "warn", "icon": "cross", "word": _("does not hold")}
