"""Fields of a config that know their range, what they mean and where their default comes from."""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn, TypeVar

from alignment_core.errors import ConfigError, as_written

Config = TypeVar("Config")

TOO_LARGE = 2**63  # for a whole number of any machine; JSON has longer ones than a float takes


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """One field of a config, as `--help` and a form show it."""

    name: str
    type: type
    default: Any
    help: str
    source: str
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    choices: tuple[str, ...] = ()
    parse: Callable[[object], Any] | None = None  # of a structured value: from JSON to checked

    @property
    def range_text(self) -> str:
        """The range in words, such as "above 0, at most 1"; empty where anything goes."""
        template, bounds = self._range()
        return template.format(**bounds)

    @property
    def default_text(self) -> str:
        """The default as help shows it."""
        return "none" if self.parse is not None and not self.default else str(self.default)

    def checked(self, value: object) -> Any:
        """The value in the field's type. Raises: ConfigError."""
        if self.parse is not None:
            return self.parse(value)
        if self.type in (int, float) and type(value) is int and abs(value) >= TOO_LARGE:
            self._refuse(value, *self._range())
        if self.type is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not self.type:
            expected = {bool: "true or false", int: "a whole number", float: "a number"}
            self._refuse(value, expected.get(self.type, "text"))
        if not self._holds(value):
            self._refuse(value, *self._range())
        return value

    def plain(self, value: Any) -> Any:
        """A checked value as JSON can hold it; structured ones are sequences that know how."""
        return value if self.parse is None else [entry.as_settings() for entry in value]

    def _refuse(
        self, value: object, expected: str, bounds: Mapping[str, str] | None = None
    ) -> NoReturn:
        raise ConfigError(
            self.name,
            value,
            f"{{name}} must be {expected}, not {{value}}",
            parts={"name": self.name, "value": as_written(value), **(bounds or {})},
        )

    def _range(self) -> tuple[str, dict[str, str]]:
        """The range in words with places for its bounds, and the bounds."""
        if self.choices:
            return "one of {choices}", {"choices": ", ".join(self.choices)}
        bounds = {
            "at least {minimum}": self.minimum,
            "above {above}": self.above,
            "at most {maximum}": self.maximum,
            "below {below}": self.below,
        }
        given = {words: bound for words, bound in bounds.items() if bound is not None}
        return ", ".join(given), {
            words[words.index("{") + 1 : -1]: f"{bound:g}" for words, bound in given.items()
        }

    def _holds(self, value: Any) -> bool:
        if self.choices:
            return value in self.choices
        if isinstance(value, str):
            return True
        return (
            math.isfinite(value)
            and (self.minimum is None or value >= self.minimum)
            and (self.maximum is None or value <= self.maximum)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )


def option(default: Any, *, help: str, source: str, **limits: Any) -> Any:
    """A dataclass field with its default, a sentence on what it does, and the default's source.

    Args:
        limits: any of `minimum`, `maximum`, `above`, `below`, `choices`, `parse` of `Option`.
    """
    return dataclasses.field(
        default=default, metadata={"help": help, "source": source, "limits": limits}
    )


def options_of(config_class: type) -> list[Option]:
    """The options of `config_class`, in the order in which they were declared."""
    types = typing.get_type_hints(config_class)
    return [
        Option(
            name=entry.name,
            type=types[entry.name],
            default=entry.default,
            help=entry.metadata["help"],
            source=entry.metadata["source"],
            **entry.metadata["limits"],
        )
        for entry in dataclasses.fields(config_class)
    ]


def check_options(config: Any) -> None:
    """Refuse a config with a value of the wrong type or out of range. Raises: ConfigError."""
    for entry in options_of(type(config)):
        value = entry.checked(getattr(config, entry.name))
        object.__setattr__(config, entry.name, value)  # an int given for a float becomes one


def check_date(name: str, value: str) -> None:
    """Refuse a text that is neither empty nor a day such as 2026-05-31. Raises: ConfigError."""
    try:
        is_day = not value or date.fromisoformat(value).isoformat() == value
    except ValueError:
        is_day = False
    if not is_day:
        raise ConfigError(
            name,
            value,
            "{name} must be a day such as 2026-05-31, not {value}",
            parts={"name": name, "value": as_written(value)},
        )


def build_config(config_class: type[Config], settings: Mapping[str, Any]) -> Config:
    """A config from a mapping such as JSON settings. Raises: ConfigError, for unknown names too."""
    known = [entry.name for entry in options_of(config_class)]
    for name, value in settings.items():
        if name not in known:
            raise ConfigError(
                name,
                value,
                "{name} is not a setting; the settings are {known}",
                parts={"name": name, "known": ", ".join(known)},
            )
    return config_class(**settings)
