"""What is to become of the comparisons that were chosen."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from annotate.bulk_changes.actions.offered import ACTIONS
from annotate.bulk_changes.chosen_comparisons import Selection
from annotate.listing.saved_views import LONGEST_NAME

TICKED, MATCHING = "ticked", "matching"


class BulkChangeForm(forms.Form):
    """Sent once to be told what it would do, and once more to have it done."""

    scope = forms.ChoiceField(
        label=_("Which"),
        choices=[(TICKED, _("those ticked")), (MATCHING, _("all that match the filters"))],
        initial=TICKED,
    )
    action = forms.ChoiceField(
        label=_("What to do"), choices=[(one.name, one.label) for one in ACTIONS.values()]
    )
    value = forms.CharField(
        label=_("Priority, number of judgements or tag"),
        required=False,
        max_length=200,
        help_text=_("For the first four."),
    )
    query = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.ticked = data.getlist("comparison") if data is not None else []

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        try:
            self.ids = [UUID(one) for one in self.ticked]
        except ValueError:
            raise ValidationError(_("What is ticked names no comparison.")) from None
        return given

    @property
    def selection(self) -> Selection:
        """Once it is valid."""
        if self.cleaned_data["scope"] == MATCHING:
            return Selection(query=self.cleaned_data["query"])
        return Selection(ids=self.ids)


class SavedViewForm(forms.Form):
    name = forms.CharField(label=_("Keep this view as"), max_length=LONGEST_NAME)
    query = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)
