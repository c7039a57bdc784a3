"""A project's budget, in hours as people think of it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from training.models import MOST_PRIORITY, Budget

SECONDS_IN_HOUR = 3600


class BudgetForm(forms.Form):
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

    def __init__(self, data: Any = None, *, budget: Budget) -> None:
        first: dict[str, Any] = {"most_runs": budget.most_runs, "priority": budget.priority}
        if budget.weekly_seconds is not None:
            first["weekly_hours"] = budget.weekly_seconds / SECONDS_IN_HOUR
        super().__init__(data, initial=first)

    def request(self) -> dict[str, Any]:
        """The cleaned form as arguments of `set_budget`."""
        given = self.cleaned_data
        hours = given["weekly_hours"]
        return {
            "weekly_seconds": None if hours is None else round(hours * SECONDS_IN_HOUR),
            "most_runs": given["most_runs"],
            "priority": given["priority"],
        }
