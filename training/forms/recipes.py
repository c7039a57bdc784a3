"""Recipes: one that ships for a project, and a whole chain as JSON."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.models import Project
from training.automation.shipped import SHIPPED, possible_starts
from training.forms.offering import offer
from training.models import Checkpoint, Recipe


class ShippedForm(forms.Form):
    """One of the recipes that ship, for a project; whatever else suggests itself."""

    shipped = forms.ChoiceField(
        label=gettext_lazy("Recipe"),
        choices=[(one.key, one.name) for one in SHIPPED.values()],
        widget=forms.RadioSelect,
    )
    project = forms.ModelChoiceField(
        Project.objects.none(),
        to_field_name="slug",
        label=gettext_lazy("Project"),
        empty_label=gettext_lazy("Choose whose preferences it learns from"),
    )
    start = forms.ModelChoiceField(
        Checkpoint.objects.none(),
        to_field_name="public_id",
        required=False,
        label=gettext_lazy("Start from"),
        empty_label=gettext_lazy("what was fine-tuned on the project last, else the newest base"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, project=Project.objects.order_by("name"), start=possible_starts())

    def request(self) -> dict[str, Any]:
        """The cleaned form as arguments of `add_shipped`."""
        given = self.cleaned_data
        return {"key": given["shipped"], "project": given["project"], "start": given["start"]}


class RecipeForm(forms.Form):
    """The name, and all steps as JSON; `seen` is the version that was changed."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=Recipe._meta.get_field("name").max_length
    )
    steps = forms.CharField(
        label=gettext_lazy("Steps as JSON"),
        max_length=100_000,
        widget=forms.Textarea(
            attrs={"rows": 24, "spellcheck": "false", "class": "code", "autocomplete": "off"}
        ),
        help_text=gettext_lazy(
            "A list of objects. Earlier results are step:2, names are alias:champion, rows that "
            "are there already are checkpoint:ID or snapshot:ID."
        ),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def clean_steps(self) -> Any:
        try:
            return json.loads(self.cleaned_data["steps"])
        except (ValueError, RecursionError) as error:
            where = {"line": getattr(error, "lineno", 1), "column": getattr(error, "colno", 1)}
            raise forms.ValidationError(
                _("This is no JSON: line %(line)d, column %(column)d.") % where
            ) from error


class NewRecipeForm(RecipeForm):
    project = forms.ModelChoiceField(
        Project.objects.none(), to_field_name="slug", label=gettext_lazy("Project")
    )
    seen = None  # type: ignore[assignment]  # there is no version yet
    field_order = ("project", "name", "steps")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, project=Project.objects.order_by("name"))


def steps_as_text(steps: Any) -> str:
    """The steps as people edit them."""
    return json.dumps(steps, ensure_ascii=False, indent=2)
