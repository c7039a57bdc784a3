"""Which preferences a snapshot takes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.models import AnnotatorKind, Project
from annotate.preferences.edits import Edits
from training.forms.offering import offer
from training.snapshots.selection import USUAL_KINDS, Selection


class SelectionForm(forms.Form):
    kinds = forms.MultipleChoiceField(
        label=_("Whose judgements count"),
        choices=AnnotatorKind,
        initial=USUAL_KINDS,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A preference is taken only if all of its judgements are of these kinds."),
    )
    min_agreement = forms.FloatField(
        label=_("Least agreement"),
        min_value=0,
        max_value=1,
        initial=0,
        widget=forms.NumberInput(attrs={"step": "0.05"}),
        help_text=_("Share of the winning verdict, from 0 to 1."),
    )
    cohorts = forms.CharField(
        label=_("Cohorts"),
        required=False,
        help_text=_("Separated by commas; empty takes all."),
    )
    since = forms.DateField(
        label=_("Resolved from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=_("Resolved before"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    include_ties = forms.BooleanField(
        label=_("Keep ties"),
        required=False,
        initial=True,
        help_text=_("Used by soft labels; plain methods leave them out."),
    )
    include_both_bad = forms.BooleanField(
        label=_("Keep “both bad”"),
        required=False,
        help_text=_("Kept for the record; never a training pair."),
    )
    edits = forms.ChoiceField(
        label=_("Pairs of edited answers"),
        choices=Edits,
        initial=Edits.OVER_BOTH,
        required=False,  # whoever says nothing of them takes none
        widget=forms.RadioSelect,
        help_text=_(
            "What people made of the better answer, beside chosen over rejected. Each has one "
            "vote: nobody but its editor has seen it."
        ),
    )
    include_arenas = forms.BooleanField(
        label=_("Keep pairs of arenas"),
        required=False,
        help_text=_("On the held-out side alone: nothing judged in an arena is trained on."),
    )
    eval_share = forms.FloatField(
        label=_("Share held out"),
        min_value=0,
        max_value=0.5,
        initial=0.1,
        widget=forms.NumberInput(attrs={"step": "0.05"}),
        help_text=_("Share of the prompts that no training ever sees."),
    )

    def selection(self) -> Selection:
        """The cleaned form as a selection. Raises: SnapshotRefused."""
        values = self.cleaned_data
        cohorts = [word.strip() for word in values["cohorts"].split(",") if word.strip()]
        return Selection.from_json(
            {
                "kinds": values["kinds"],
                "cohorts": cohorts,
                "min_agreement": values["min_agreement"],
                "since": values["since"] and values["since"].isoformat(),
                "until": values["until"] and values["until"].isoformat(),
                "include_ties": values["include_ties"],
                "include_both_bad": values["include_both_bad"],
                "eval_share": values["eval_share"],
                "edits": values["edits"] or Edits.NONE,
                "include_arenas": values["include_arenas"],
            }
        )


class SnapshotForm(SelectionForm):
    name = forms.CharField(label=_("Name"), max_length=120)
    projects = forms.ModelMultipleChoiceField(
        Project.objects.none(),
        to_field_name="public_id",
        label=_("Projects"),
        widget=forms.CheckboxSelectMultiple,
    )
    field_order = ("name", "projects")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, projects=Project.objects.all())
