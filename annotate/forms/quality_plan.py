"""What a project does for quality."""

from django import forms

from annotate.models import Project


class QualityForm(forms.ModelForm):
    class Meta:
        model = Project
        fields = (
            "gold_every",
            "gold_floor",
            "gold_fewest",
            "after_gold",
            "quiz_size",
            "quiz_needed",
            "repeat_every",
            "repeat_after",
            "closes_at",
            "fewest_judgements",
            "control_every",
        )
        widgets = {
            "gold_floor": forms.NumberInput(attrs={"step": "0.05"}),
            "closes_at": forms.NumberInput(attrs={"step": "0.01"}),
        }
