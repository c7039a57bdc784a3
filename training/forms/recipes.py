"""Recipes: one that ships for a project, and a whole chain as JSON."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from annotate.errors import AccordError
from annotate.models import Project
from training.automation.recipe_text import steps_from_text
from training.automation.shipped import SHIPPED, possible_starts
from training.forms.offering import offer
from training.models import Checkpoint, Recipe
from training.runs.time_zones import zone_names


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

    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=lambda: [(name, name) for name in zone_names()],
        initial="UTC",
        help_text=gettext_lazy("Of the schedule, where the recipe brings one."),
    )
    paused = forms.BooleanField(
        label=gettext_lazy("Begin with the schedule paused"),
        required=False,
        help_text=gettext_lazy("Otherwise it goes on at once. Both can be changed afterwards."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, project=Project.objects.order_by("name"), start=possible_starts())

    def request(self) -> dict[str, Any]:
        """The cleaned form as arguments of `add_shipped`."""
        given = self.cleaned_data
        return {
            "key": given["shipped"],
            "is_paused": given["paused"],
            **{name: given[name] for name in ("project", "start", "time_zone")},
        }


class RecipeForm(forms.Form):
    """The name, and all steps as JSON; `seen` is the version that was changed."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=Recipe._meta.get_field("name").max_length
    )
    steps = forms.CharField(
        label=gettext_lazy("Steps as JSON"),
        widget=forms.Textarea(
            attrs={"rows": 24, "spellcheck": "false", "class": "code", "autocomplete": "off"}
        ),
        help_text=gettext_lazy(
            "A list of objects. Earlier results are step:2, names are alias:champion, rows that "
            "are there already are checkpoint:ID or snapshot:ID."
        ),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)
    seen_name = forms.CharField(widget=forms.HiddenInput)

    def clean_steps(self) -> Any:
        try:
            return steps_from_text(self.cleaned_data["steps"])
        except AccordError as error:
            raise forms.ValidationError(str(error.message)) from error

    def show_newest(self, recipe: Recipe, number: int) -> None:
        """Let what is sent next replace the newest version, which stands beside it now."""
        sent = QueryDict(mutable=True)
        sent.update(self.data)
        sent["seen"], sent["seen_name"] = str(number), recipe.name
        self.data = sent


class NewRecipeForm(RecipeForm):
    project = forms.ModelChoiceField(
        Project.objects.none(), to_field_name="slug", label=gettext_lazy("Project")
    )
    seen = None  # type: ignore[assignment]  # there is no version yet
    seen_name = None  # type: ignore[assignment]
    field_order = ("project", "name", "steps")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, project=Project.objects.order_by("name"))
