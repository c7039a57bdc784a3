"""What trials found out, for as long as the process lives: a base is tried once, not at each load.

A run that is resumed finds it in its plan instead.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

Found = TypeVar("Found")
_found: dict[Hashable, Any] = {}


def tried_once(key: Hashable, find: Callable[[], Found], *, known: str) -> Found:
    """What `find` returns, called only if nothing was found under this key before.

    Args:
        key: all that the answer depends on.
        known: the digest of the weights; without one, nothing is kept.
    """
    if not known:
        return find()
    if key not in _found:
        _found[key] = find()
    return cast("Found", _found[key])
