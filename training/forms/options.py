"""Form fields made from the options of a method's config, so that both know the same ranges."""

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alignment_core.configs.options import Option, options_of
from training.words.choices import CHOICE_WORDS
from training.words.options_of_all import words_of

UNNAMED_SOURCES = ("ours", "required")  # our own defaults need no name beside them


def option_fields(
    config_class: type, *, method: str = "", leave_out: Collection[str] = ()
) -> dict[str, forms.Field]:
    """A field for every option that is one value, with the default filled in."""
    return {
        entry.name: option_field(entry, words_of(entry.name, method=method))
        for entry in options_of(config_class)
        if entry.parse is None and entry.name not in leave_out
    }


def differing(fields: Mapping[str, forms.Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """What is not the default."""
    return {name: given[name] for name in fields if given[name] != fields[name].initial}


def option_field(
    entry: Option, words: tuple[str | Promise, str | Promise] | None = None, **more: Any
) -> forms.Field:
    """An option without words shows what the library calls it."""
    label, help_text = words or (entry.name, entry.help)
    given: dict[str, Any] = {
        "label": label,
        "help_text": _with_source(help_text, entry.source),
        "initial": entry.default,
        **more,
    }
    if entry.choices:
        named: Mapping[str, str | Promise] = CHOICE_WORDS.get(entry.name, {})
        choices = [(choice, named.get(choice, choice)) for choice in entry.choices]
        return forms.ChoiceField(choices=choices, **given)
    if entry.type is bool:
        return forms.BooleanField(**{**given, "required": False})
    if entry.type is str:
        return forms.CharField(
            widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            **{"required": bool(entry.default), **given},  # what may be empty is so by default
        )
    if entry.type is int:
        return forms.IntegerField(
            min_value=_whole(entry.minimum), max_value=_whole(entry.maximum), **given
        )
    return forms.FloatField(
        min_value=entry.minimum,
        max_value=entry.maximum,
        widget=forms.NumberInput(attrs={"step": "any"}),
        **given,
    )


def _whole(limit: float | None) -> int | None:
    return None if limit is None else int(limit)


def _with_source(help_text: Any, source: str) -> Any:
    """Where a published default comes from stands beside it."""
    if source.startswith(UNNAMED_SOURCES):
        return help_text
    return format_lazy("{} {}", help_text, format_lazy(_("Default: {}."), _(source.rstrip("."))))
