"""One form for several runs: one setting or two get a list of values."""

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training.forms.option_groups import FIRST_OPTIONS, grouped
from training.forms.runs import RunForm
from training.runs.sweeps import MOST_SWEPT, MOST_VARIED

BETWEEN = re.compile(r"[,，、;；\n]")
TRUTHS = {"yes": True, "true": True, "1": True, "是": True} | {
    "no": False,
    "false": False,
    "0": False,
    "否": False,
}


class SweepForm(RunForm):
    """As for a run; the settings that are varied say so, whatever stands in their own field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = forms.CharField(label=gettext_lazy("Name"), max_length=80)
        for place in PLACES:
            self.fields[f"setting_{place}"] = forms.ChoiceField(
                label=gettext_lazy("Setting to vary")
                if place == 1
                else gettext_lazy("A second one"),
                choices=[("", gettext_lazy("none")), *self._settings_to_vary()],
                required=place == 1,
            )
            self.fields[f"values_{place}"] = forms.CharField(
                label=gettext_lazy("Its values"),
                help_text=gettext_lazy("With commas between them, such as 0.05, 0.1, 0.3."),
                required=place == 1,
                max_length=500,
                widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            )

    @property
    def varied_fields(self) -> list[forms.BoundField]:
        return [self[f"{name}_{place}"] for place in PLACES for name in ("setting", "values")]

    @property
    def most_runs(self) -> int:
        return MOST_SWEPT

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.varied = dict(self._varied())
        return self.cleaned_data

    def request(self) -> dict[str, Any]:
        """The cleaned form as arguments of `queue_sweep`."""
        wanted = super().request()
        settings = wanted["settings"]
        return {
            **wanted,
            "varied": self.varied,
            "settings": {name: settings[name] for name in settings if name not in self.varied},
        }

    def values_field(self, setting: str | None) -> str | None:
        """Where the values of a setting were typed; None for one that is not varied."""
        if setting == "varied":
            return "values_1"
        typed = [place for place in PLACES if self.cleaned_data[f"setting_{place}"] == setting]
        return f"values_{typed[0]}" if typed else None

    def _settings_to_vary(self) -> list[tuple[Any, Any]]:
        first = [name for name in FIRST_OPTIONS if name in self.settings]
        named = [(gettext_lazy("Often changed"), first), *grouped(list(self.settings))]
        return [
            (title, [(name, self.settings[name].label) for name in names]) for title, names in named
        ]

    def _varied(self) -> Iterator[tuple[str, list[Any]]]:
        seen: set[str] = set()
        for place in PLACES:
            setting = self.cleaned_data.get(f"setting_{place}")
            text = self.cleaned_data.get(f"values_{place}") or ""
            if not setting:
                if text:
                    self.add_error(f"setting_{place}", _("Choose which setting has these values."))
                continue
            if setting in seen:
                self.add_error(f"setting_{place}", _("It is varied above already."))
                continue
            seen.add(setting)
            yield setting, self._values(setting, text, at=f"values_{place}")

    def _values(self, setting: str, text: str, *, at: str) -> list[Any]:
        """Each value by the rule of the setting's own field."""
        field = self.settings[setting]
        values = []
        for part in filter(None, map(str.strip, BETWEEN.split(text))):
            try:
                values.append(_truth(part) if _is_truth(field) else field.clean(part))
            except forms.ValidationError as error:
                self.add_error(at, [f"“{part}”: {message}" for message in error.messages])
        return values


PLACES = tuple(range(1, MOST_VARIED + 1))


def _is_truth(field: forms.Field) -> bool:
    return isinstance(field, forms.BooleanField)


def _truth(text: str) -> bool:
    if text.lower() not in TRUTHS:
        raise forms.ValidationError(_("Say yes or no."))
    return TRUTHS[text.lower()]
