"""One's own account."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class LanguageForm(forms.Form):
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the new token"),
        max_length=80,
        help_text=_("What it is for, such as “laptop” or “nightly export”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    days = forms.IntegerField(
        label=_("Valid for, in days"),
        required=False,
        min_value=1,
        max_value=3650,
        help_text=_("Empty: until it is revoked."),
    )
