"""What is right of gold, appeals about it, and from when somebody's work counts."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from annotate.models import Comparison, Verdict

RIGHT = [
    (Verdict.FIRST, _("Answer 1 is better")),
    (Verdict.SECOND, _("Answer 2 is better")),
    (Verdict.TIE, _("About the same")),
    (Verdict.BOTH_BAD, _("Both bad")),
]


class GoldForm(forms.Form):
    verdict = forms.ChoiceField(
        label=_("What is right"), required=False, choices=[("", _("not known: no gold")), *RIGHT]
    )
    also = forms.ChoiceField(
        label=_("Also right"),
        required=False,
        choices=[("", _("nothing else")), *RIGHT],
        help_text=_("Where either of two verdicts is right."),
    )

    @classmethod
    def of(cls, comparison: Comparison) -> "GoldForm":
        return cls(initial={"verdict": comparison.gold_verdict, "also": comparison.gold_also})

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("also") and not said.get("verdict"):
            raise ValidationError(_("Say first what is right."))
        return said


class ProposedForm(forms.Form):
    """Which of the proposed comparisons become gold."""

    def __init__(self, data: Any, *, proposed: QuerySet[Comparison]) -> None:
        super().__init__(data)
        self.fields["chosen"] = forms.ModelMultipleChoiceField(
            proposed, to_field_name="public_id", label=_("Comparisons")
        )


class AppealForm(forms.Form):
    judgement = forms.UUIDField(label=_("Judgement"))
    text = forms.CharField(label=_("Why"), max_length=2000)


class AppealAnswerForm(forms.Form):
    is_granted = forms.TypedChoiceField(
        label=_("Your answer"), choices=[("1", "1"), ("0", "0")], coerce=lambda value: value == "1"
    )
    text = forms.CharField(label=_("Why"), required=False, max_length=2000)


class SinceForm(forms.Form):
    since = forms.DateField(
        label=_("Judged on this day or later"), widget=forms.DateInput(attrs={"type": "date"})
    )


class TakeBackForm(SinceForm):
    reason = forms.CharField(
        label=_("Why"), max_length=500, help_text=_("It stands in the record of changes.")
    )
