"""Making and changing a project."""

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.judging.protocols.presets import PRESETS, USUAL_PRESET
from annotate.models import Project

PRESET_CHOICES = [(name, preset.label) for name, preset in PRESETS.items()]


class NewProjectForm(forms.ModelForm):
    preset = forms.ChoiceField(
        label=_("What is asked"), choices=PRESET_CHOICES, initial=USUAL_PRESET, required=False
    )

    class Meta:
        model = Project
        fields = ("name", "description", "guidelines", "overlap")
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}
        help_texts = {
            "guidelines": _("What a good answer is here, in Markdown. People read it first."),
        }

    def clean_preset(self) -> str:
        return self.cleaned_data["preset"] or USUAL_PRESET


class SettingsForm(forms.ModelForm):
    class Meta:
        model = Project
        fields = (
            "name",
            "description",
            "guidelines",
            "overlap",
            "min_judgements",
            "resolution_rule",
            "min_agreement",
            "min_posterior",
            "lease_seconds",
            "offline_pairs",
            "offline_hours",
            "shows_gold",
            "is_paused",
            "attribution",
        )
        widgets = {
            "description": forms.Textarea(attrs={"rows": 2}),
            "guidelines": forms.Textarea(attrs={"rows": 12}),
            "attribution": forms.Textarea(attrs={"rows": 3}),
            "min_agreement": forms.NumberInput(attrs={"step": "0.05"}),
            "min_posterior": forms.NumberInput(attrs={"step": "0.01"}),
        }
        help_texts = {
            "guidelines": _("In Markdown. A change makes a new version, which everybody reads."),
            "is_paused": _("Nobody is given a comparison until this is taken back."),
            "attribution": _("Where the data comes from, shown wherever it is."),
        }
