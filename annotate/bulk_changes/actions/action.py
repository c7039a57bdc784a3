"""What a bulk action is made of: everything else reads these declarations."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise

from annotate.models import Comparison, Project

Text = str | Promise
Changed = dict[int, tuple[Any, Any]]  # a comparison's key: what it was, what it is now


class Needs(Enum):
    """The value that an action takes."""

    NOTHING = "nothing"
    NUMBER = "number"
    NAME = "name"


@dataclass(frozen=True)
class Action:
    """One kind of change.

    Args:
        check: the value as it is stored. Raises: InvalidInput.
        would_change: which comparisons it changes; the others are as wanted, or not fit for it.
        apply: changes those of one batch that still are so, in the caller's transaction, under
            their locks.
        undo: brings back what `apply` said it changed, where it still is as `apply` left it; how
            many.
        told: what else it brings about, in sentences, of those that it would change.
    """

    name: str
    label: Text
    does: Text  # one sentence of what becomes of them
    check: Callable[[str], str]
    would_change: Callable[[str], Q]
    apply: Callable[[Project, Sequence[int], str], Changed]
    undo: Callable[[Project, Mapping[int, tuple[Any, Any]]], int]
    told: Callable[[QuerySet[Comparison]], Iterable[str]] = lambda _rows: ()
    needs: Needs = Needs.NOTHING
    value_label: Text = ""
