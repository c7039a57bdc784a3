"""What a gate asks for, what a name means, and why."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.models import Project
from training.forms.offering import offer
from training.models import CHALLENGER, GATE_SETTINGS, Checkpoint, Gate

STEP = {"step": "0.01"}


class GateForm(forms.ModelForm):
    class Meta:
        model = Gate
        fields = GATE_SETTINGS
        widgets = {"better_on": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.FloatField):
                field.widget.attrs.update(STEP)


class NameForm(forms.Form):
    """A free name for a checkpoint."""

    name = forms.SlugField(
        label=_("Name"),
        max_length=40,
        initial=CHALLENGER,
        help_text=_("Letters, digits, hyphens: challenger, stable, teacher."),
    )
    checkpoint = forms.ModelChoiceField(
        Checkpoint.objects.none(),
        to_field_name="public_id",
        label=_("Checkpoint"),
        empty_label=_("Choose what it means"),
    )
    reason = forms.CharField(label=_("Why"), max_length=1000, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        final = Checkpoint.objects.filter(is_final=True).order_by("-created_at")
        offer(self, checkpoint=final)


class ProposeForm(forms.Form):
    """The project that a checkpoint is proposed in."""

    project = forms.ModelChoiceField(
        Project.objects.none(), to_field_name="public_id", label=_("Project"), empty_label=None
    )

    def __init__(self, *args: Any, projects: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, project=projects)


class DecisionForm(forms.Form):
    """Yes or no to the evidence that was on the page."""

    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept with the decision. Whoever rejects has to say it."),
    )


class BackForm(forms.Form):
    """Going back to an earlier line, from the one that was seen."""

    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why"), max_length=1000, required=False)
