"""What is compared, and how its curves are looked at: a page and its link say the same."""

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms.utils import ErrorList
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from training.contrast.measured_points import CurveView
from training.contrast.overlaid import figure_named

MOST_SMOOTHING = 0.99


class IdsField(forms.TypedMultipleChoiceField):
    """Any number of ids; whether there are such rows, and for whom, a service says."""

    def __init__(self, **options: Any) -> None:
        super().__init__(coerce=uuid.UUID, required=False, **options)

    def valid_value(self, _value: Any) -> bool:
        return True


class NamesField(forms.MultipleChoiceField):
    def valid_value(self, _value: Any) -> bool:
        return True


class CompareForm(forms.Form):
    run = IdsField()
    checkpoint = IdsField()
    across = forms.ChoiceField(
        label=_("Across"),
        choices=[
            ("step", pgettext_lazy("curves", "steps")),
            ("tokens", _("tokens learnt from")),
            ("minutes", _("minutes, pauses included")),
        ],
        required=False,
    )
    smoothing = forms.FloatField(
        label=_("Smoothing"),
        min_value=0,
        max_value=MOST_SMOOTHING,
        required=False,
        help_text=_("0 draws what was measured; 0.9 is a moving average over about ten points."),
        widget=forms.NumberInput(attrs={"step": "any"}),
    )
    log = forms.BooleanField(label=_("Logarithmic scale"), required=False)
    low = forms.FloatField(
        label=_("From"), required=False, widget=forms.NumberInput(attrs={"step": "any"})
    )
    high = forms.FloatField(
        label=_("To"), required=False, widget=forms.NumberInput(attrs={"step": "any"})
    )
    figure = NamesField(label=_("Figures"), required=False)

    def clean(self) -> dict[str, Any]:
        low, high = self.cleaned_data.get("low"), self.cleaned_data.get("high")
        if low is not None and high is not None and low >= high:
            self.add_error("high", _("It must be above where the picture begins."))
        return self.cleaned_data

    @property
    def view_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("across", "smoothing", "low", "high", "log")]

    @property
    def choice_errors(self) -> list[ErrorList]:
        """What is wrong with the choice itself; the other errors stand at their fields."""
        return [self.non_field_errors(), self["run"].errors, self["checkpoint"].errors]

    def chosen(self) -> dict[str, list[uuid.UUID]]:
        """What is compared, as arguments of `compared`."""
        return {
            "runs": self.cleaned_data.get("run") or [],
            "checkpoints": self.cleaned_data.get("checkpoint") or [],
        }

    def view(self) -> CurveView:
        """How it is looked at; what was typed wrong is as if it had been left empty."""
        given = self.cleaned_data
        return CurveView(
            across=given.get("across") or "step",
            smoothing=given.get("smoothing") or 0.0,
            is_log=given.get("log") or False,
            low=given.get("low"),
            high=given.get("high"),
            figures=figures_of(given.get("figure") or []),
        )


def figures_of(names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple(figure_named(name) for name in names)
