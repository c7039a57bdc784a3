"""Settings that go together, and those that do not.

A setting that would be ignored is refused by name: whoever sets it expects something of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from alignment_core.configs.options import options_of
from alignment_core.errors import ConfigError, as_written


def is_set(config: Any, name: str) -> bool:
    """Whether a field has another value than its default."""
    defaults = {entry.name: entry.default for entry in options_of(type(config))}
    return bool(getattr(config, name) != defaults[name])


def refuse_together(config: Any, name: str, other: str, *, why: str) -> None:
    """Refuse what two fields ask for together, naming both. Raises: ConfigError, always."""
    value, other_value = getattr(config, name), getattr(config, other)
    raise ConfigError(
        name,
        value,
        "{name} {value} does not go with {other} {other_value}: {why}",
        parts={
            "name": name,
            "value": as_written(value),
            "other": other,
            "other_value": as_written(other_value),
            "why": why,
        },
    )


def refuse_unless(config: Any, names: Iterable[str], *, holds: bool, other: str, why: str) -> None:
    """Refuse each of these fields that is not at its default, unless a condition holds.

    Args:
        other: the field that the condition is about.
    Raises: ConfigError.
    """
    for name in names:
        if not holds and is_set(config, name):
            refuse_together(config, name, other, why=why)
