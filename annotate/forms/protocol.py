"""What a project asks, as a form: made of what each part says of its settings, and of nothing else.

A new part of `PARTS` is on the page by being there; a new kind of setting needs a control here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django import forms
from django.forms import BoundField

from annotate.errors import InvalidInput
from annotate.forms.rows import NAME, RowsField, RowsWidget
from annotate.judging.protocols.declaration import PARTS, checked_declaration
from annotate.judging.protocols.part import Part
from annotate.judging.protocols.part_settings import (
    Flag,
    Names,
    OneOf,
    Setting,
    Several,
    Whole,
    Words,
)

S = TypeVar("S", bound=Setting)


@dataclass(frozen=True)
class Control(Generic[S]):
    """A setting on the page: its field, what stands in it, and what it says."""

    setting: S

    def field(self) -> forms.Field:
        raise NotImplementedError

    def initial(self, settings: Mapping[str, Any]) -> Any:
        return settings.get(self.setting.name)

    def chosen(self, value: Any) -> dict[str, Any]:
        """The keys of its part's settings."""
        return {self.setting.name: value}

    @property
    def texts(self) -> dict[str, Any]:
        return {"label": self.setting.label, "help_text": self.setting.help, "required": False}


class FlagControl(Control[Flag]):
    def field(self) -> forms.Field:
        return forms.BooleanField(**self.texts)


class OneOfControl(Control[OneOf]):
    def field(self) -> forms.Field:
        options = list(self.setting.options.items())
        return forms.CharField(**self.texts, widget=forms.RadioSelect(choices=options))

    def initial(self, settings: Mapping[str, Any]) -> Any:
        return settings.get(self.setting.name, next(iter(self.setting.options)))


class SeveralControl(Control[Several]):
    def field(self) -> forms.Field:
        options = list(self.setting.options.items())
        return forms.MultipleChoiceField(
            **self.texts, choices=options, widget=forms.CheckboxSelectMultiple
        )

    def initial(self, settings: Mapping[str, Any]) -> Any:
        chosen = settings.get(self.setting.name, ())
        return [one for one in chosen if one in self.setting.options]

    def chosen(self, value: Any) -> dict[str, Any]:
        return {self.setting.name: [*self.setting.always, *value]}


class WholeControl(Control[Whole]):
    def field(self) -> forms.Field:
        return forms.IntegerField(
            **self.texts, widget=forms.NumberInput(attrs={"inputmode": "numeric"})
        )

    def initial(self, settings: Mapping[str, Any]) -> Any:
        return settings.get(self.setting.name, self.setting.usual)

    def chosen(self, value: Any) -> dict[str, Any]:
        return {} if value is None else {self.setting.name: value}


class WordsControl(Control[Words]):
    def field(self) -> forms.Field:
        return RowsField(**self.texts, widget=RowsWidget(things=self.setting.of))

    def initial(self, settings: Mapping[str, Any]) -> Any:
        words = settings.get(self.setting.name, {})
        return [words.get(thing, {}) for thing in self.setting.of]

    def chosen(self, value: Any) -> dict[str, Any]:
        words = {
            thing: {language: text for language, text in row.items() if text}
            for thing, row in zip(self.setting.of, value, strict=False)
        }
        return {self.setting.name: {thing: texts for thing, texts in words.items() if texts}}


class NamesControl(Control[Names]):
    def field(self) -> forms.Field:
        return RowsField(**self.texts, widget=RowsWidget(n_rows=self.setting.most))

    def initial(self, settings: Mapping[str, Any]) -> Any:
        words = settings.get(self.setting.words, {})
        return [{NAME: name, **words.get(name, {})} for name in settings.get(self.setting.name, [])]

    def chosen(self, value: Any) -> dict[str, Any]:
        rows = [row for row in value if any(row.values())]
        words = {
            row[NAME]: {key: text for key, text in row.items() if key != NAME and text}
            for row in rows
        }
        return {
            self.setting.name: [row[NAME] for row in rows],
            self.setting.words: {name: texts for name, texts in words.items() if name and texts},
        }


CONTROLS: dict[type[Setting], type[Control[Any]]] = {
    Flag: FlagControl,
    OneOf: OneOfControl,
    Several: SeveralControl,
    Whole: WholeControl,
    Words: WordsControl,
    Names: NamesControl,
}


def control_of(setting: Setting) -> Control[Any]:
    return CONTROLS[type(setting)](setting)


@dataclass(frozen=True)
class Section:
    """One part on the page. asked: its box to tick, None where it is always asked."""

    part: Part
    asked: BoundField | None
    settings: list[BoundField]


class ProtocolForm(forms.Form):
    """`cleaned_data["declaration"]` is what is asked for, checked."""

    based_on = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, data: Any = None, *, declaration: Mapping[str, Any], based_on: int) -> None:
        super().__init__(data, initial={"based_on": based_on})
        for part in PARTS:
            if not part.is_always_asked:
                self.fields[part.name] = forms.BooleanField(
                    label=str(part.label), help_text=str(part.about), required=False
                )
                self.initial[part.name] = part.name in declaration
            settings = part.by_setting(declaration[part.name]) if part.name in declaration else {}
            for setting in part.settings:
                control, name = control_of(setting), field_name(part, setting)
                self.fields[name] = control.field()
                self.initial[name] = control.initial(settings)

    def sections(self) -> Iterator[Section]:
        for part in PARTS:
            asked = None if part.is_always_asked else self[part.name]
            fields = [self[field_name(part, setting)] for setting in part.settings]
            yield Section(part, asked, fields)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if self.errors:
            return given
        try:
            return {**given, "declaration": checked_declaration(self._declared(given))}
        except InvalidInput as error:
            value = f"“{error.value}”: " if error.value else ""
            self.add_error(self._at_fault(error.field or ""), f"{value}{error}")
            return given

    def _declared(self, given: Mapping[str, Any]) -> dict[str, Any]:
        declared = {}
        for part in PARTS:
            if part.is_always_asked or given[part.name]:
                chosen: dict[str, Any] = {}
                for setting in part.settings:
                    chosen |= control_of(setting).chosen(given[field_name(part, setting)])
                declared[part.name] = part.from_settings(chosen)
        return declared

    def _at_fault(self, path: str) -> str | None:
        """The field of a part's setting, by the name that the part itself gives."""
        name, _dot, rest = path.partition(".")
        part = next((part for part in PARTS if part.name == name), None)
        if part is None:
            return None
        key = rest.partition(".")[0]
        holding = (setting for setting in part.settings if key in setting.keys or not key)
        setting = next(holding, None)
        return part.name if setting is None else field_name(part, setting)


def field_name(part: Part, setting: Setting) -> str:
    return f"{part.name}-{setting.name}"
