"""A reviewer's ruling. It names completions, as the reviewer sees them in their stored order."""

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.forms.judging import SIDES
from annotate.models import EntersAs, Verdict, WhyContested


class AdjudicationForm(forms.Form):
    verdict = forms.ChoiceField(
        label=_("Your ruling"),
        choices=[
            (Verdict.FIRST, _("Answer 1 is better")),
            (Verdict.SECOND, _("Answer 2 is better")),
            (Verdict.TIE, _("About the same")),
            (Verdict.BOTH_BAD, _("Both bad")),
        ],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class TriageForm(forms.Form):
    why = forms.ChoiceField(
        label=_("Why people differ"), choices=WhyContested.choices, widget=forms.RadioSelect
    )
    enters = forms.ChoiceField(
        label=_("How it enters training"),
        required=False,
        choices=[("", _("as is usual for that reason")), *EntersAs.choices],
        help_text=_(
            "Usual is: noise by its outcome, what people rightly differ on by its shares, what is "
            "unclear not at all."
        ),
    )
    triage_note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class RulingForm(forms.Form):
    comparison = forms.UUIDField(label=_("Comparison"))
    side = forms.ChoiceField(label=_("Verdict"), choices=SIDES)


class CommentForm(forms.Form):
    note = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class PlaceForm(forms.Form):
    """Where somebody stands in the stream of rulings."""

    after = forms.UUIDField(required=False)  # passed by for now
    last = forms.UUIDField(required=False)  # ruled on just now
