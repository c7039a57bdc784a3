"""Names that a light package offers without loading what is behind them."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Callable, Mapping
from typing import Any


def lazily(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """A package's `__getattr__` (PEP 562): each name is loaded when it is first asked for.

    Type checkers read the same names from imports under TYPE_CHECKING beside it.

    Args:
        package: its `__name__`.
        modules: dotted modules, and the names that come from each, with spaces between them; no
            name stands for the module itself, under the last part of its own.
    Returns: a function that raises AttributeError for a name that is not offered.
    """
    places = {
        name: f"{module}:{name}" if names else module
        for module, names in modules.items()
        for name in names.split() or [module.rpartition(".")[2]]
    }

    def load(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = pkgutil.resolve_name(places[name])
        setattr(sys.modules[package], name, value)  # so that this is asked once
        return value

    return load
