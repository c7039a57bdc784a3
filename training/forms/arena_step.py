"""The step in which answers of two checkpoints meet blind, as a form."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alignment_core.configs import SampleConfig
from annotate.forms.arenas import WantedFields
from training.automation.step import Place
from training.automation.step_sources import Made
from training.automation.steps.arena_step import ArenaStep
from training.forms.options import differing, option_fields
from training.forms.step_sources import source_field

POLICY = frozenset({Made.POLICY})
PLAIN = ("n_prompts", "target", "waits")


class ArenaStepForm(forms.Form):
    n_prompts = WantedFields.base_fields["n_prompts"]
    target = WantedFields.base_fields["target"]
    waits = forms.BooleanField(
        label=_("Wait until people have decided"),
        required=False,
        help_text=_("Else the round goes on as soon as both have written, and the votes count on."),
    )
    field_order = ("checkpoint", "against", "or_against", *PLAIN)

    more_settings: tuple[Any, ...] = ()

    def __init__(self, data: Any = None, *, place: Place, stored: Mapping[str, Any]) -> None:
        usual = {"against": ArenaStep.against, **{name: getattr(ArenaStep, name) for name in PLAIN}}
        first = {**usual, **stored}
        super().__init__(data, initial={**stored.get("settings", {}), **first})
        self.fields["checkpoint"] = source_field(
            place, POLICY, label=_("Checkpoint"), stored=first.get("checkpoint", "")
        )
        self.fields["against"] = source_field(
            place, POLICY, label=_("Meets"), stored=first["against"]
        )
        self.fields["or_against"] = source_field(
            place,
            POLICY,
            label=_("Or else"),
            stored=first.get("or_against", ""),
            required=False,
            empty=_("nobody else: the step is then skipped"),
            help_text=_("Where nobody bears the name yet."),
        )
        self.settings = option_fields(SampleConfig, leave_out=("n_samples",))
        self.fields.update(self.settings)

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.field_order]

    @property
    def first_settings(self) -> list[forms.BoundField]:
        return [self[name] for name in self.settings]

    def step(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "do": "arena",
            **{name: given[name] for name in self.field_order},
            "settings": differing(self.settings, given),
        }
