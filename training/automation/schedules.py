"""Making and changing schedules: everything is checked first, and nothing half is kept."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import time
from typing import Any, Self

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from annotate.models import User
from annotate.text.free_text import refuse_unstorable
from training.access.audit import record_act
from training.automation.calendar_rules import CalendarRule, zone_named
from training.automation.condition_words import literal_in_words
from training.automation.conditions import NOTHING_ASKED, Condition, parsed
from training.automation.contradictions import conflicting
from training.automation.fact_measurement import ring_for_facts_of
from training.errors import ConditionRefused, NotFound, ScheduleRefused
from training.models import Recipe, Schedule, ScheduleTrigger
from training.runs.quiet_hours import why_no_quiet_hours

MOST_HOURS = 24 * 90
MOST_PREFERENCES = 10**6


@dataclass(frozen=True, kw_only=True)
class ScheduleSettings:
    """All that somebody chooses about a schedule, checked when it is made. Raises: AccordError."""

    name: str
    trigger: str
    every_n: int | None = None
    rule: str = ""
    time_zone: str = "UTC"
    conditions: Mapping[str, Any] = field(default_factory=lambda: dict(NOTHING_ASKED))
    cooldown_hours: int = 0
    patience_hours: int = 0
    quiet_from: time | None = None
    quiet_until: time | None = None

    def __post_init__(self) -> None:
        refuse_unstorable(self.name, field="name")
        if not self.name.strip():
            raise ScheduleRefused(_("Give the schedule a name."), field="name", value=self.name)
        if self.trigger not in ScheduleTrigger.values:
            raise ScheduleRefused(
                _("“%(value)s” is not one of: %(known)s.")
                % {"value": self.trigger, "known": ", ".join(ScheduleTrigger.values)},
                field="trigger",
                value=self.trigger,
            )
        zone_named(self.time_zone)
        _refuse_what_never_holds(parsed(self.conditions))
        self._check_trigger()
        self._check_hours()

    @classmethod
    def of(cls, schedule: Schedule) -> Self:
        return cls(**{one.name: getattr(schedule, one.name) for one in fields(cls)})

    def values(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def _check_trigger(self) -> None:
        wants_n = self.trigger == ScheduleTrigger.PREFERENCES
        if wants_n and not 1 <= (self.every_n or 0) <= MOST_PREFERENCES:
            raise ScheduleRefused(
                _("Say after how many new preferences it comes due, from 1 to %(most)d.")
                % {"most": MOST_PREFERENCES},
                field="every_n",
                value=self.every_n,
            )
        if not wants_n and self.every_n is not None:
            raise ScheduleRefused(
                _("Only a schedule that counts preferences has a number of them."),
                field="every_n",
                value=self.every_n,
            )
        if self.trigger == ScheduleTrigger.CALENDAR:
            rule = CalendarRule.checked(self.rule, self.time_zone)
            object.__setattr__(self, "rule", rule.expression)
        elif self.rule:
            raise ScheduleRefused(
                _("Only a schedule by the calendar has a rule."), field="rule", value=self.rule
            )

    def _check_hours(self) -> None:
        for name in ("cooldown_hours", "patience_hours"):
            if not 0 <= getattr(self, name) <= MOST_HOURS:
                raise ScheduleRefused(
                    _("A number of hours from 0 to %(most)d is needed.") % {"most": MOST_HOURS},
                    field=name,
                    value=getattr(self, name),
                )
        wrong = why_no_quiet_hours(self.quiet_from, self.quiet_until)
        if wrong is not None:
            name, message = wrong
            at = getattr(self, name)
            raise ScheduleRefused(message, field=name, value=None if at is None else str(at))


def _refuse_what_never_holds(condition: Condition) -> None:
    clauses = conflicting(condition)
    if clauses is None:
        return
    told = pgettext("between conditions", " and ").join(
        _("“%(part)s”") % {"part": literal_in_words(clause, holds=holds)}
        for clause, holds in clauses
    )
    why = _("This can never hold: %(parts)s.") % {"parts": told} if told else None
    raise ConditionRefused(
        why or _("These conditions can never hold."), field="conditions", value=told
    )


def make_schedule(
    *,
    recipe: Recipe,
    settings: ScheduleSettings,
    is_paused: bool = False,
    made_by: User | None = None,
) -> Schedule:
    """Raises: ScheduleRefused where the recipe has one of that name."""
    schedule = Schedule(recipe=recipe, is_paused=is_paused, created_by=made_by, **settings.values())
    _forget(schedule)
    _save(schedule, made_by, "schedule.make")
    schedule.refresh_from_db()
    return schedule


def change_schedule(
    *, schedule_id: uuid.UUID, settings: ScheduleSettings, changed_by: User | None = None
) -> Schedule:
    """Change what was chosen; what it was waiting for is forgotten. Raises: NotFound, …Refused."""
    with transaction.atomic():
        schedule = _locked(schedule_id)
        for name, value in settings.values().items():
            setattr(schedule, name, value)
        _forget(schedule)
        _save(schedule, changed_by, "schedule.change")
    return schedule


@transaction.atomic
def pause_schedule(*, schedule_id: uuid.UUID, paused_by: User | None = None) -> Schedule:
    schedule = _locked(schedule_id)
    if not schedule.is_paused:
        _forget(schedule)
        schedule.is_paused = True
        _save(schedule, paused_by, "schedule.pause")
    return schedule


@transaction.atomic
def unpause_schedule(*, schedule_id: uuid.UUID, unpaused_by: User | None = None) -> Schedule:
    """Let it go on from now: what the calendar said meanwhile is gone by."""
    schedule = _locked(schedule_id)
    if schedule.is_paused:
        _forget(schedule)
        schedule.is_paused = False
        _save(schedule, unpaused_by, "schedule.unpause")
    return schedule


def schedule_named(schedule_id: uuid.UUID) -> Schedule:
    """Raises: NotFound."""
    found = (
        Schedule.objects.select_related("recipe__project", "created_by")
        .filter(public_id=schedule_id)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such schedule."), field="schedule", value=str(schedule_id))
    return found


def _locked(schedule_id: uuid.UUID) -> Schedule:
    rows = Schedule.objects.select_for_update(of=("self",)).select_related("recipe__project")
    found = rows.filter(public_id=schedule_id).first()
    if found is None:
        raise NotFound(_("There is no such schedule."), field="schedule", value=str(schedule_id))
    return found


def _forget(schedule: Schedule) -> None:
    """The next look begins afresh: nothing is due, and nothing has held for a while."""
    schedule.due_at = schedule.next_due_at = None
    schedule.held_since, schedule.last_truths = {}, []
    schedule.last_outcome = schedule.last_reason = ""
    schedule.counted_since = []  # the recipe may take others now
    if schedule.trigger == ScheduleTrigger.CALENDAR:
        rule = CalendarRule.stored(schedule.rule, schedule.time_zone)
        schedule.next_due_at = rule.next_after(timezone.now())


def _save(schedule: Schedule, user: User | None, action: str) -> None:
    """Raises: ScheduleRefused where the name is taken."""
    try:
        with transaction.atomic():
            schedule.save()
            record_act(
                user=user,
                action=action,
                target=schedule,
                after={**_plain(schedule), "is_paused": schedule.is_paused},
            )
            ring_for_facts_of(schedule.recipe)  # it may ask for what nobody has measured
    except IntegrityError as error:
        named_alike = Schedule.objects.filter(recipe=schedule.recipe_id, name=schedule.name)
        if not named_alike.exclude(pk=schedule.pk).exists():
            raise
        raise ScheduleRefused(
            _("The recipe has a schedule of this name already."), field="name", value=schedule.name
        ) from error


def _plain(schedule: Schedule) -> dict[str, Any]:
    values = ScheduleSettings.of(schedule).values()
    return {
        name: value.isoformat() if isinstance(value, time) else value
        for name, value in values.items()
    }
