"""An arena of checkpoints, and of models whose answers a project has."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alignment_core.configs import SampleConfig
from annotate.forms.arenas import WantedFields
from annotate.models import Project
from training.forms.offering import offer
from training.forms.options import option_fields
from training.models import Checkpoint, CheckpointKind


class CheckpointArenaForm(WantedFields):
    name = forms.CharField(label=_("Name"), max_length=120)
    project = forms.ModelChoiceField(
        Project.objects.none(),
        to_field_name="public_id",
        label=_("Project"),
        empty_label=_("Choose whose prompts are answered"),
    )
    checkpoints = forms.ModelMultipleChoiceField(
        Checkpoint.objects.none(),
        to_field_name="public_id",
        label=_("Checkpoints"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Those who judge never learn who wrote what."),
    )
    with_copy = forms.BooleanField(
        label=_("Enter the first one twice"),
        required=False,
        help_text=_("A control: two copies of one checkpoint must not be told apart."),
    )
    origins = forms.CharField(
        label=_("Models whose answers are imported"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_(
            "One a line, as the project has them. Only prompts they answered are taken. What they "
            "were trained on is not known here."
        ),
    )
    field_order = ["name", "project", "checkpoints", "with_copy", "origins"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(
            self,
            project=Project.objects.order_by("name"),
            checkpoints=Checkpoint.objects.filter(
                is_final=True,
                kind__in=[CheckpointKind.POLICY, CheckpointKind.BASE],
                dropped_at=None,
            ).order_by("-created_at"),
        )
        self.settings = option_fields(SampleConfig, leave_out=("n_samples",))
        self.fields.update(self.settings)

    def request(self) -> dict[str, Any]:
        """The cleaned form as arguments of `open_checkpoint_arena`."""
        lines = (line.strip() for line in self.cleaned_data["origins"].splitlines())
        return {
            "project": self.cleaned_data["project"],
            "name": self.cleaned_data["name"],
            "checkpoints": list(self.cleaned_data["checkpoints"]),
            "with_copy": self.cleaned_data["with_copy"],
            "origins": [line for line in lines if line],
            "settings": {name: self.cleaned_data[name] for name in self.settings},
            **self.wanted_values(),
        }
