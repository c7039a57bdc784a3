"""Form fields made from the options of a method's config, so that both know the same ranges."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alignment_core.options import Option, options_of
from training.forms.option_words import OPTION_WORDS


def option_fields(config_class: type, *, leave_out: Collection[str] = ()) -> dict[str, forms.Field]:
    """A field for every option, with the default filled in."""
    return {
        entry.name: _field(entry)
        for entry in options_of(config_class)
        if entry.name not in leave_out
    }


def _field(entry: Option) -> forms.Field:
    label, help_text = OPTION_WORDS.get(entry.name, (entry.name, entry.help))
    words: dict[str, Any] = {
        "label": label,
        "help_text": _with_source(help_text, entry.source),
        "initial": entry.default,
    }
    if entry.choices:
        return forms.ChoiceField(choices=[(name, name) for name in entry.choices], **words)
    if entry.parse is not None:
        return forms.JSONField(required=False, **{**words, "initial": list(entry.default)})
    if entry.type is bool:
        return forms.BooleanField(required=False, **words)
    if entry.type is str:
        return forms.CharField(max_length=1000, **words)
    if entry.type is int:
        return forms.IntegerField(min_value=entry.minimum, max_value=entry.maximum, **words)
    return forms.FloatField(
        min_value=entry.minimum,
        max_value=entry.maximum,
        widget=forms.NumberInput(attrs={"step": "any"}),
        **words,
    )


def _with_source(help_text: Any, source: str) -> Any:
    """Where a published default comes from stands beside it; our own need no name."""
    if source.startswith("ours"):
        return help_text
    return format_lazy("{} {}", help_text, format_lazy(_("Default: {}."), _(source.rstrip("."))))
