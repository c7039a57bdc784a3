"""Pages of the list in both directions; a row that comes in meanwhile shifts nothing.

A page begins after a row, or ends before one, that is named by its public id and by the number
that it was ordered by: that may have changed since.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from annotate.listing.orders import Order
from annotate.models import Comparison, Project

PAGE_ROWS = 50
GREATEST = 2**63 - 1


class WrongMark(ValueError):
    """The mark of a page that names no row."""


@dataclass(frozen=True)
class ListPage:
    rows: list[Comparison]
    before: str  # the mark of the page before; empty: there is none
    after: str


def page_of(
    comparisons: QuerySet[Comparison],
    order: Order,
    *,
    project: Project,
    after: str = "",
    before: str = "",
    size: int = PAGE_ROWS,
) -> ListPage:
    """Raises: WrongMark."""
    is_back = bool(before) and not after
    is_descending = order.is_descending != is_back
    rows = order.of(comparisons, project)
    if mark := after or before:
        rows = rows.filter(_beyond(order, mark, is_descending=is_descending))
    sign = "-" if is_descending else ""
    rows = rows.order_by(*([f"{sign}place"] if order.by else []), f"{sign}id")
    found = list(rows[: size + 1])
    has_more = len(found) > size
    found = found[:size]
    if is_back:
        found.reverse()
    if not found:
        return ListPage([], "", "")
    return ListPage(
        found,
        before=mark_of(found[0], order) if (has_more if is_back else after) else "",
        after=mark_of(found[-1], order) if (is_back or has_more) else "",
    )


def mark_of(row: Any, order: Order) -> str:
    return f"{row.place}.{row.public_id}" if order.by else str(row.public_id)


def _beyond(order: Order, mark: str, *, is_descending: bool) -> Q:
    number, _dot, public_id = mark.rpartition(".")
    try:
        place = int(number) if order.by else 0
        key = Comparison.objects.filter(public_id=UUID(public_id)).values_list("pk", flat=True)
        pk = key.first()
    except ValueError as error:
        raise WrongMark(mark) from error
    if pk is None or abs(place) > GREATEST:
        raise WrongMark(mark)
    side = "lt" if is_descending else "gt"
    if not order.by:
        return Q(**{f"id__{side}": pk})
    # The first condition is the range of the index; the second says where in its first number.
    return Q(**{f"place__{side}e": place}) & (
        Q(**{f"place__{side}": place}) | Q(**{f"id__{side}": pk})
    )
