"""What a gate asks for, what a name means, and why."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotate.models import Project
from annotate.text.moments import moment_in_words
from training.forms.offering import offer
from training.forms.seen import OverWhatStands
from training.models import CHALLENGER, GATE_SETTINGS, Alias, Checkpoint, Gate, ModelRole

STEP = {"step": "0.01"}


class GateForm(OverWhatStands, forms.ModelForm):
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
    replaces = forms.CharField(max_length=36, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        final = Checkpoint.objects.filter(is_final=True, dropped_at=None).order_by("-created_at")
        offer(self, checkpoint=final)

    def clean_name(self) -> str:
        return str(self.cleaned_data["name"]).lower()

    def is_free_or_known_to_be_held(self, line: Alias | None) -> bool:
        """Whether what the name means by its newest line may be replaced: nobody overwrites what
        they were not told of. Otherwise it says who holds it, and takes the next press for a yes.
        """
        held = None if line is None else line.checkpoint
        if line is None or held in (None, self.cleaned_data["checkpoint"]):
            return True
        if self.cleaned_data["replaces"] == str(line.public_id):
            return True
        self.add_error("name", self._held_in_words(line))
        self.data = {key: self.data[key] for key in self.data} | {"replaces": str(line.public_id)}
        return False

    def _held_in_words(self, line: Alias) -> str:
        words = {
            "name": line.name,
            "checkpoint": line.checkpoint,
            "when": moment_in_words(line.set_at),
            "who": line.set_by or gettext("somebody"),
        }
        said = gettext(
            "“%(name)s” means “%(checkpoint)s” now, since %(when)s, by %(who)s. Press once "
            "more, and it means what you chose instead; the history keeps both."
        )
        return said % words


class TakeBackForm(forms.Form):
    """A free name that shall mean nothing from now on, as its line was seen."""

    name = forms.SlugField(max_length=40)
    role = forms.ChoiceField(choices=ModelRole)
    seen = forms.IntegerField(min_value=0)
    reason = forms.CharField(max_length=1000, required=False)


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
