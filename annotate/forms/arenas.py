"""A new arena among models whose answers a project has."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from annotate.arena.creating import (
    MOST_JUDGEMENTS,
    MOST_PROMPTS,
    MOST_WANTED,
    Contender,
)
from annotate.arena.offered_origins import LOOKED_AT, offered_origins
from annotate.models import Project


class WantedFields(forms.Form):
    """How much an arena asks for; whoever it is among."""

    n_prompts = forms.IntegerField(
        label=_("Prompts"),
        min_value=1,
        max_value=MOST_PROMPTS,
        initial=100,
        help_text=_("At most so many, of those that are held out from training."),
    )
    target = forms.IntegerField(
        label=_("Judgements in all"),
        min_value=1,
        max_value=MOST_JUDGEMENTS,
        initial=300,
        help_text=_("The arena ends there. A pair of .60 to .40 takes about 180 decisive ones."),
    )
    wanted = forms.IntegerField(
        label=_("Judgements of each meeting"),
        min_value=1,
        max_value=MOST_WANTED,
        initial=1,
        help_text=_("One tells most: further ones on a prompt are no new evidence for a pair."),
    )
    eval_share = forms.FloatField(
        label=_("Held-out share"),
        min_value=0.001,
        max_value=0.999999,
        initial=0.1,
        widget=forms.NumberInput(attrs={"step": "any"}),
        help_text=_("As in the snapshots that were trained on, so that nobody has seen a prompt."),
    )
    stops_when_decided = forms.BooleanField(
        label=_("End as soon as every pair is decided"), required=False, initial=True
    )

    def wanted_values(self) -> dict[str, Any]:
        """As `create_arena` takes them."""
        return {name: self.cleaned_data[name] for name in WantedFields.base_fields}


class ArenaForm(WantedFields):
    name = forms.CharField(label=_("Name"), max_length=120)
    contestants = forms.MultipleChoiceField(
        label=_("Who meets"),
        required=False,  # they may all be named below
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Two to eight. Those who judge never learn who wrote what. What imported models were "
            "trained on is not known here: they may have seen the prompts."
        ),
    )
    others = forms.CharField(
        label=_("Others"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=_("One a line, as their answers name them."),
    )
    field_order = ["name", "contestants", "others"]

    def __init__(self, given: Any, *, project: Project) -> None:
        super().__init__(given)
        offered = offered_origins(project)
        self.fields["contestants"].choices = [  # type: ignore[attr-defined]
            (origin, f"{origin} · {_n_prompts(n)}") for origin, n in offered.origins
        ]
        self.has_models = len(offered.origins) > 1 or not offered.are_all
        if offered.are_all:
            del self.fields["others"]
        else:
            self.fields["contestants"].label = _("Who meets, of the newest %(n)d prompts") % {
                "n": LOOKED_AT
            }

    def request(self) -> dict[str, Any]:
        """The cleaned form as arguments of `create_arena`."""
        lines = self.cleaned_data.get("others", "").splitlines()
        named = [line.strip() for line in lines if line.strip()]
        origins = dict.fromkeys([*self.cleaned_data["contestants"], *named])
        return {
            "name": self.cleaned_data["name"],
            "contenders": [Contender(origin[:120], origin) for origin in origins],
            **self.wanted_values(),
        }


def _n_prompts(n: int) -> str:
    return ngettext("%(n)d prompt", "%(n)d prompts", n) % {"n": n}
