"""What a filter is made of: the one declaration from which form, API and description derive."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise

from annotate.models import Project, Role

Text = str | Promise


class Kind(Enum):
    """How a value is written: the type of its field."""

    TEXT = "text"
    CHOICE = "choice"
    YES_NO = "yes_no"  # true or false
    DATE = "date"
    NUMBER = "number"


@dataclass(frozen=True)
class Filter:
    """One condition on comparisons: `condition` or `of_judgement` says which."""

    name: str
    label: Text
    kind: Kind
    # What is asked of a comparison; all `of_judgement` are asked of one and the same judgement.
    condition: Callable[[Project, Any], Q] | None = None
    of_judgement: Callable[[Any], Mapping[str, Any]] | None = None
    help: Text = ""
    choices: tuple[tuple[str, Text], ...] = ()
    least: int | None = None
    most: int | None = None
    longest: int = 200
    unit: str = ""
    role: Role = Role.REVIEWER  # who may use it
    tells_votes: bool = False  # whoever sees what it finds knows what people said
    is_by_index: bool = False  # of texts, which follows new comparisons within a minute
    is_shown: bool = True  # on the form; others come by links


@dataclass(frozen=True)
class Wanted:
    """The values of filters that somebody gave, all of them checked, and the order."""

    values: Mapping[str, Any] = field(default_factory=dict)
    sort: str = ""
