"""How much of the machines each project may use: set here by the same fields as on the desk."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.access.signed_in import signed_in
from training.admin.read_only import ReadOnly
from training.forms.budgets import BudgetForm, in_hours, in_seconds, refuse_half_quiet_hours
from training.forms.offering import offer_zone
from training.models import Budget
from training.runs.budgets import SECONDS_IN_HOUR, set_budget

FIELDS = BudgetForm.base_fields
QUIET = ("quiet_from", "quiet_until", "time_zone")


class StoredBudgetForm(forms.ModelForm):
    """The fields of the desk's form, for a project that is chosen here."""

    weekly_hours = FIELDS["weekly_hours"]
    most_runs = FIELDS["most_runs"]
    priority = FIELDS["priority"]
    quiet_from = FIELDS["quiet_from"]
    quiet_until = FIELDS["quiet_until"]
    time_zone = FIELDS["time_zone"]

    class Meta:
        model = Budget
        fields = ["project"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(in_hours(self.instance))
        offer_zone(self, self.instance.time_zone)

    def clean(self) -> dict[str, Any]:
        super().clean()
        refuse_half_quiet_hours(self)
        return self.cleaned_data


@admin.register(Budget)
class BudgetAdmin(ReadOnly):
    """No limit is an empty field, so nothing is ever deleted."""

    form = StoredBudgetForm
    fields = ["project", "weekly_hours", "most_runs", "priority", *QUIET]
    list_display = ["project", "weekly_limit", "most_runs", "priority", *QUIET]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["project"] if obj else []

    def view_on_site(self, obj: Budget) -> str:
        return reverse("training:budget", args=[obj.project.slug])

    @admin.display(
        description=gettext_lazy("Machine hours in any seven days"), ordering="weekly_seconds"
    )
    def weekly_limit(self, budget: Budget) -> str:
        if budget.weekly_seconds is None:
            return _("no limit")
        return f"{budget.weekly_seconds / SECONDS_IN_HOUR:g}"

    def save_model(
        self, request: HttpRequest, obj: Budget, form: "forms.ModelForm[Any]", change: bool
    ) -> None:
        stored = set_budget(
            project=obj.project, **in_seconds(form.cleaned_data), set_by=signed_in(request.user)
        )
        obj.__dict__.update(stored.__dict__)
