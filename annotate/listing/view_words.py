"""A view of the list as an address holds it, and in words: a chip for each filter."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from annotate.listing.filter_kinds import Filter, Kind, Wanted
from annotate.listing.filters import FILTERS
from annotate.listing.orders import NEWEST
from annotate.text.moments import day_in_words


@dataclass(frozen=True)
class Chip:
    label: str
    value: str
    query_without: str  # the address of the same view without this filter


def query_of(wanted: Wanted, *, without: str = "", **further: str) -> str:
    """The canonical address of a view: filters in the order of their declaration."""
    pairs = [
        (name, _written(FILTERS[name], wanted.values[name]))
        for name in FILTERS
        if name in wanted.values and name != without
    ]
    if wanted.sort and wanted.sort != NEWEST.name:
        pairs.append(("sort", wanted.sort))
    return urlencode([*pairs, *((name, value) for name, value in further.items() if value)])


def chips_of(wanted: Wanted) -> Iterator[Chip]:
    for name, declared in FILTERS.items():
        if name in wanted.values:
            value = in_words(declared, wanted.values[name])
            yield Chip(str(declared.label), value, query_of(wanted, without=name))


def in_words(declared: Filter, value: Any) -> str:
    if declared.kind == Kind.CHOICE:
        return str(dict(declared.choices)[value])
    if declared.kind == Kind.YES_NO:
        return _("yes") if value else _("no")
    if declared.kind == Kind.DATE:
        return day_in_words(value)
    if declared.kind == Kind.NUMBER:
        unit = f" {declared.unit}" if declared.unit else ""
        return f"{number_format(value, force_grouping=True)}{unit}"
    return str(value)


def _written(declared: Filter, value: Any) -> str:
    if declared.kind == Kind.YES_NO:
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)
