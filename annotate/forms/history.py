"""Finding again what one has judged."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class SearchForm(forms.Form):
    q = forms.CharField(
        label=_("Words in the prompt, an answer or your note"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    gold = forms.BooleanField(label=_("Only where the answer was known"), required=False)

    def __init__(self, data: Any, *, shows_gold: bool) -> None:
        super().__init__(data)
        if not shows_gold:
            del self.fields["gold"]
