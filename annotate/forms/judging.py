"""What the judging screen sends. It speaks of sides; the service turns a side into a verdict."""

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.models import FlagReason, SkipReason

SIDES = [
    ("left", _("A is better")),
    ("tie", _("About the same")),
    ("both_bad", _("Both bad")),
    ("right", _("B is better")),
]
LONGEST_LOOK = 86_400  # seconds


class LeaseForm(forms.Form):
    lease = forms.UUIDField()
    showing = forms.UUIDField(required=False)  # the lease on the screen when this was sent


class SideForm(LeaseForm):
    side = forms.ChoiceField(choices=SIDES)
    key = forms.CharField(max_length=64)
    seconds = forms.FloatField(required=False, min_value=0, max_value=LONGEST_LOOK)


class SkipForm(LeaseForm):
    reason = forms.ChoiceField(choices=SkipReason)
    note = forms.CharField(required=False, max_length=2000)


class FlagForm(LeaseForm):
    reason = forms.ChoiceField(choices=FlagReason)
    note = forms.CharField(required=False, max_length=2000)


class RenewForm(forms.Form):
    showing = forms.UUIDField(required=False)


class UndoForm(forms.Form):
    action = forms.UUIDField(required=False)  # a judgement, skip or flag; else the latest
