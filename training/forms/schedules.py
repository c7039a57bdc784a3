"""When a recipe is carried out: a trigger, conditions, and times when nothing starts."""

import json
import re
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from training.automation.conditions import NOTHING_ASKED
from training.automation.schedules import MOST_HOURS, ScheduleSettings
from training.forms.condition_rows import (
    conditions_of_rows,
    field_of_refusal,
    row_fields,
    rows_of,
    rows_of_conditions,
)
from training.forms.offering import offer, offer_zone, time_field
from training.forms.seen import OverWhatStands
from training.models import Recipe, Schedule, ScheduleTrigger
from training.runs.time_zones import zone_names

ROWS, AS_JSON = "rows", "json"
CRON_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
ONE_DAY = f"(?:{'|'.join(CRON_DAYS)})"
AT_ON_DAYS = re.compile(
    rf"(?P<minute>\d+) (?P<hour>\d+) \* \* (?P<days>\*|{ONE_DAY}(?:,{ONE_DAY})*)"
)

PRESETS: dict[str, tuple[str | Promise, dict[str, Any]]] = {
    "nightly": (
        _("Every night"),
        {
            "trigger": ScheduleTrigger.CALENDAR,
            "at": "02:30",
            "fact_0": "new_preferences",
            "comparison_0": "at_least",
            "wanted_0": 50,
            "cooldown_hours": 12,
        },
    ),
    "every_500": (
        _("Every 500 new preferences"),
        {
            "trigger": ScheduleTrigger.PREFERENCES,
            "every_n": 500,
            "fact_0": "alpha.lower",
            "comparison_0": "at_least",
            "wanted_0": 0.4,
            "for_hours_0": 24,
        },
    ),
    "weekly": (
        _("Every weekend, if people agree"),
        {
            "trigger": ScheduleTrigger.CALENDAR,
            "at": "04:00",
            "days": ["SAT"],
            "patience_hours": 24,
            "fact_0": "alpha.lower",
            "comparison_0": "at_least",
            "wanted_0": 0.4,
            "fact_1": "worker_free",
            "comparison_1": "is",
        },
    ),
    "webhook": (
        _("When another system asks"),
        {"trigger": ScheduleTrigger.WEBHOOK, "cooldown_hours": 1},
    ),
}


def _hours_field(**options: Any) -> forms.IntegerField:
    return forms.IntegerField(min_value=0, max_value=MOST_HOURS, initial=0, **options)


class ScheduleForm(OverWhatStands, forms.Form):
    recipe = forms.ModelChoiceField(
        Recipe.objects.none(),
        to_field_name="public_id",
        label=_("Recipe"),
        empty_label=_("Choose what it starts"),
    )
    name = forms.CharField(label=_("Name"), max_length=80)
    trigger = forms.ChoiceField(
        label=_("It comes due by"), choices=ScheduleTrigger, widget=forms.RadioSelect
    )
    every_n = forms.IntegerField(
        label=_("New preferences"),
        min_value=1,
        required=False,
        help_text=_("Since the last round began; counted as the recipe’s snapshot takes them."),
    )
    at = time_field(label=_("Time of the day"), help_text=_("Or leave it empty and write a rule."))
    days = forms.MultipleChoiceField(
        label=_("On these days"),
        choices=lambda: list(zip(CRON_DAYS, WEEKDAYS.values(), strict=True)),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: every day."),
    )
    rule = forms.CharField(
        label=_("Or a calendar rule"),
        max_length=100,
        required=False,
        help_text=_(
            "Five fields: minute, hour, day of the month, month, day of the week; it takes the "
            "place of time and days."
        ),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=lambda: [(name, name) for name in zone_names()],
        initial="UTC",
        help_text=_("Of the calendar and of the quiet hours. Clock changes are allowed for."),
    )
    conditions_as = forms.ChoiceField(
        label=_("Conditions"),
        choices=[(ROWS, _("All of these rows")), (AS_JSON, _("What is written as JSON"))],
        initial=ROWS,
        widget=forms.RadioSelect,
    )
    conditions_json = forms.CharField(
        label=_("Conditions as JSON"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )
    patience_hours = _hours_field(
        label=_("Patience, in hours"),
        help_text=_("How long it waits for its conditions once it is due; 0 decides at once."),
    )
    cooldown_hours = _hours_field(
        label=_("Cool-down, in hours"),
        help_text=_("So long passes at least from one round to the next."),
    )
    quiet_from = time_field(
        label=_("Quiet from"), help_text=_("What comes due in quiet hours waits for their end.")
    )
    quiet_until = time_field(label=_("Quiet until"))

    def __init__(self, *args: Any, schedule: Schedule | None = None, **kwargs: Any) -> None:
        if schedule is not None:
            kwargs["initial"] = {**initial_of(schedule), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.fields.update(row_fields(schedule.conditions if schedule else None))
        self.row_numbers: list[int] = []
        if schedule is None:
            offer(self, recipe=Recipe.objects.select_related("project").order_by("name"))
        else:
            del self.fields["recipe"]
            offer_zone(self, schedule.time_zone)

    @property
    def first_fields(self) -> list[forms.BoundField]:
        names = [name for name in ("recipe", "name", "trigger", "every_n") if name in self.fields]
        return [self[name] for name in names]

    @property
    def calendar_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("at", "days", "rule", "time_zone")]

    @property
    def limit_fields(self) -> list[forms.BoundField]:
        names = ("patience_hours", "cooldown_hours", "quiet_from", "quiet_until")
        return [self[name] for name in names]

    @property
    def rows(self) -> list[Any]:
        return rows_of(self)

    def settings(self) -> ScheduleSettings:
        """What was chosen. Raises: AccordError, for `show` to put at its field."""
        cleaned = self.cleaned_data
        is_calendar = cleaned["trigger"] == ScheduleTrigger.CALENDAR
        is_counting = cleaned["trigger"] == ScheduleTrigger.PREFERENCES
        plain = ("name", "trigger", "time_zone", "patience_hours", "cooldown_hours")
        return ScheduleSettings(
            **{name: cleaned[name] for name in plain},
            every_n=cleaned["every_n"] if is_counting else None,
            rule=self._rule() if is_calendar else "",
            conditions=self._conditions(),
            quiet_from=cleaned["quiet_from"],
            quiet_until=cleaned["quiet_until"],
        )

    def show(self, field: str, message: str) -> None:
        """Put a service's refusal where the person looks."""
        if field.startswith("conditions"):
            is_json = self.cleaned_data["conditions_as"] == AS_JSON
            field = "conditions_json" if is_json else field_of_refusal(field, self.row_numbers)
        elif field == "rule" and not self.cleaned_data["rule"]:
            field = "at"
        self.add_error(field if field in self.fields else None, message)

    def clean_conditions_json(self) -> Any:
        text = self.cleaned_data["conditions_json"].strip()
        if not text:
            return dict(NOTHING_ASKED)
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(_("This is not JSON.")) from error

    def _conditions(self) -> Any:
        if self.cleaned_data["conditions_as"] == AS_JSON:
            return self.cleaned_data["conditions_json"]
        conditions, self.row_numbers = conditions_of_rows(self.cleaned_data)
        return conditions

    def _rule(self) -> str:
        cleaned = self.cleaned_data
        if cleaned["rule"] or cleaned["at"] is None:
            return str(cleaned["rule"])
        days = ",".join(cleaned["days"]) or "*"
        return f"{cleaned['at'].minute} {cleaned['at'].hour} * * {days}"


def initial_of(schedule: Schedule) -> dict[str, Any]:
    """The stored schedule as the form shows it."""
    rows = rows_of_conditions(schedule.conditions)
    return {
        **ScheduleSettings.of(schedule).values(),
        "conditions_as": AS_JSON if rows is None else ROWS,
        "conditions_json": json.dumps(schedule.conditions, indent=2, ensure_ascii=False),
        **(rows or {}),
        **_at_and_days(schedule.rule),
    }


def _at_and_days(rule: str) -> dict[str, Any]:
    """A rule that time and days can say fills those in again; another stays as it is written."""
    found = AT_ON_DAYS.fullmatch(rule)
    if found is None:
        return {}
    days = [] if found["days"] == "*" else found["days"].split(",")
    at = f"{int(found['hour']):02}:{int(found['minute']):02}"
    return {"at": at, "days": days, "rule": ""}
