"""The filters of a project's comparisons as a form: each field is made of its declaration."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.listing.filter_kinds import Filter, Kind, Wanted
from annotate.listing.filters import FILTERS
from annotate.listing.orders import NEWEST, ORDERS
from annotate.models import Role

PAGE_MARKS = ("after", "before")
SORT = "sort"
ANY = ("", gettext_lazy("any"))
YES_NO = (("true", gettext_lazy("yes")), ("false", gettext_lazy("no")))


class ComparisonFilterForm(forms.Form):
    """Those filters that somebody of this role may use; what is no filter is refused by name."""

    def __init__(self, data: QueryDict, *, role: Role) -> None:
        super().__init__(data)
        self.allowed = [one for one in FILTERS.values() if role.rank >= one.role.rank]
        for declared in self.allowed:
            self.fields[declared.name] = _field_of(declared)
        self.fields[SORT] = forms.ChoiceField(
            label=gettext_lazy("Sorted by"),
            required=False,
            choices=[(one.name, one.label) for one in ORDERS.values()],
            initial=NEWEST.name,
        )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name in self.data:
            if name in self.fields or name in PAGE_MARKS:
                continue
            if name in FILTERS:
                message = _("Only leads may filter by “%(name)s”.") % {"name": FILTERS[name].label}
            else:
                message = _("There is no filter “%(name)s”.") % {"name": name}
            self.add_error(None, message)
        for low, high in (
            ("judged_from", "judged_to"),
            ("added_from", "added_to"),
            ("agreement_from", "agreement_to"),
            ("length_from", "length_to"),
        ):
            least, most = given.get(low), given.get(high)
            if least is not None and most is not None and least > most:
                message = _("%(most)s is less than %(least)s.") % {"most": most, "least": least}
                self.add_error(high, ValidationError(message))
        return given

    @property
    def wanted(self) -> Wanted:
        """Once it is valid."""
        values = {
            one.name: self.cleaned_data[one.name] == "true"
            if one.kind == Kind.YES_NO
            else self.cleaned_data[one.name]
            for one in self.allowed
            if self.cleaned_data.get(one.name) not in (None, "")
        }
        return Wanted(values, self.cleaned_data.get(SORT) or NEWEST.name)

    @property
    def main(self) -> list[forms.BoundField]:
        return [self["q"], self["state"], self[SORT]]

    @property
    def further(self) -> list[forms.BoundField]:
        """All others; those that come by links alone where one did."""
        first = {"q", "state", SORT}
        shown = [one.name for one in self.allowed if one.is_shown or self.data.get(one.name)]
        return [self[name] for name in shown if name not in first]

    @property
    def has_further_errors(self) -> bool:
        return any(field.errors for field in self.further)


def _field_of(declared: Filter) -> forms.Field:
    common: dict[str, Any] = {
        "label": declared.label,
        "help_text": declared.help,
        "required": False,
    }
    if declared.kind == Kind.CHOICE:
        return forms.ChoiceField(choices=[ANY, *declared.choices], **common)
    if declared.kind == Kind.YES_NO:
        return forms.ChoiceField(choices=[ANY, *YES_NO], **common)
    if declared.kind == Kind.DATE:
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **common)
    if declared.kind == Kind.NUMBER:
        return forms.IntegerField(min_value=declared.least, max_value=declared.most, **common)
    is_search = declared.name == "q"
    widget = forms.TextInput(attrs={"type": "search"}) if is_search else forms.TextInput()
    return forms.CharField(max_length=declared.longest, widget=widget, **common)
