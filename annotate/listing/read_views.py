"""A view of the list out of an address, as one is stored: each value is checked as on the page."""

from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from django.utils.translation import gettext as _

from annotate.errors import InvalidInput
from annotate.listing.filter_kinds import Filter, Kind, Wanted
from annotate.listing.filters import FILTERS
from annotate.listing.orders import ORDERS
from annotate.models import Role
from annotate.text.free_text import refuse_unstorable


def wanted_of(query: str, *, role: Role) -> Wanted:
    """What an address asks for, by somebody of this role. Raises: InvalidInput."""
    values: dict[str, Any] = {}
    sort = ""
    for name, text in parse_qsl(query, keep_blank_values=True):
        if name == "sort" and text in ORDERS:
            sort = text
            continue
        declared = FILTERS.get(name)
        if declared is None or name in values:
            raise _refused(name, text)
        if role.rank < declared.role.rank:
            raise InvalidInput(
                _("Only leads may filter by “%(name)s”.") % {"name": declared.label},
                field="query",
                value=query,
            )
        values[name] = _read(declared, text)
    return Wanted(values, sort)


def _read(declared: Filter, text: str) -> Any:
    refuse_unstorable(text, field=declared.name)
    try:
        value = _READERS[declared.kind](text)
    except ValueError:
        raise _refused(declared.name, text) from None
    is_choice = declared.kind == Kind.CHOICE
    if is_choice and value not in dict(declared.choices):
        raise _refused(declared.name, text)
    if declared.kind == Kind.NUMBER and not (declared.least or 0) <= value <= (declared.most or 0):
        raise _refused(declared.name, text)
    if declared.kind == Kind.TEXT and not 1 <= len(value) <= declared.longest:
        raise _refused(declared.name, text)
    return value


def _yes_or_no(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        raise ValueError(text)
    return int(text)


_READERS: dict[Kind, Any] = {
    Kind.TEXT: str,
    Kind.CHOICE: str,
    Kind.YES_NO: _yes_or_no,
    Kind.DATE: date.fromisoformat,
    Kind.NUMBER: _number,
}


def _refused(name: str, text: str) -> InvalidInput:
    return InvalidInput(
        _("The filter “%(name)s” cannot be “%(value)s”.") % {"name": name, "value": text},
        field="query",
        value=f"{name}={text}",
    )
