"""A project's budget, in hours as people think of it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from training.forms.offering import offer_zone, time_field
from training.forms.seen import OverWhatStands
from training.models import MOST_PRIORITY, Budget
from training.runs.budgets import SECONDS_IN_HOUR
from training.runs.quiet_hours import why_no_quiet_hours
from training.runs.time_zones import zone_names

PLAIN = ("most_runs", "priority", "quiet_from", "quiet_until", "time_zone")  # stored as typed


class BudgetForm(OverWhatStands, forms.Form):
    weekly_hours = forms.FloatField(
        label=_("Machine hours in any seven days"),
        required=False,
        min_value=0,
        max_value=590_000,
        widget=forms.NumberInput(attrs={"step": "any"}),
        help_text=_(
            "Two accelerators for an hour are two. Empty is no limit. A run that has begun is "
            "finished all the same; the next ones wait."
        ),
    )
    most_runs = forms.IntegerField(
        label=_("Runs at once, at most"),
        required=False,
        min_value=1,
        max_value=32_767,
        help_text=_("Empty is no limit."),
    )
    priority = forms.IntegerField(
        label=_("Priority"),
        min_value=1,
        max_value=MOST_PRIORITY,
        help_text=_(
            "The project that has had least of the machines in the last day is next, as its "
            "priority divides what it had: with 2 it gets twice as much as with 1."
        ),
    )

    quiet_from = time_field(
        label=_("Quiet from"),
        help_text=_("In quiet hours no run of the project begins; what has begun goes on."),
    )
    quiet_until = time_field(label=_("Quiet until"))
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=lambda: [(name, name) for name in zone_names()],
        initial="UTC",
        help_text=_("Of the quiet hours."),
    )

    def __init__(self, data: Any = None, *, budget: Budget) -> None:
        super().__init__(data, initial=in_hours(budget))
        offer_zone(self, budget.time_zone)

    def clean(self) -> Any:
        refuse_half_quiet_hours(self)
        return super().clean()

    def request(self) -> dict[str, Any]:
        """The cleaned form as arguments of `set_budget`."""
        return in_seconds(self.cleaned_data)


def in_hours(budget: Budget) -> dict[str, Any]:
    """What stands there, as it is typed."""
    seconds = budget.weekly_seconds
    return {
        "weekly_hours": None if seconds is None else seconds / SECONDS_IN_HOUR,
        **{name: getattr(budget, name) for name in PLAIN},
    }


def in_seconds(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, as arguments of `set_budget`."""
    hours = given["weekly_hours"]
    return {
        "weekly_seconds": None if hours is None else round(hours * SECONDS_IN_HOUR),
        **{name: given[name] for name in PLAIN},
    }


def refuse_half_quiet_hours(form: forms.BaseForm) -> None:
    given = form.cleaned_data
    wrong = why_no_quiet_hours(given.get("quiet_from"), given.get("quiet_until"))
    if wrong is not None:
        form.add_error(*wrong)
