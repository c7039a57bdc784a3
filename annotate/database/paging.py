"""Lists in pages: each page begins after a row that is named by its public id, newest first.

Unlike numbered pages, a row that comes in meanwhile shifts nothing, and page 1,000 costs what
page 1 costs. A list may be ordered by a number instead: then its page begins after that number.
"""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict

PAGE_ROWS = 50
GREATEST = 2**31 - 1
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: list[Row]
    next_url: str
    first_url: str


def page_of(
    rows: QuerySet[Row], request: HttpRequest, *, by: str = "", size: int = PAGE_ROWS
) -> Page[Row]:
    """The rows after `?after=`; an unknown or mangled mark begins at the start.

    Args:
        by: a whole number of each row; the greatest come first, and among equals the newest.
    """
    rows = rows.order_by(*([f"-{by}"] if by else []), "-id")
    remaining = _after(rows, request.GET.get("after", ""), by)
    found: list[Row] = []
    for part in remaining or [rows]:
        found += part[: size + 1 - len(found)]
        if len(found) > size:
            break
    has_more = len(found) > size
    found = found[:size]
    return Page(
        rows=found,
        next_url=_url(request.GET, after=_mark(found[-1], by)) if has_more else "",
        first_url=_url(request.GET) if remaining else "",
    )


def _mark(row: Any, by: str) -> str:
    """The number stands in the mark: it may have changed by the time of the next page."""
    return f"{getattr(row, by)}.{row.public_id}" if by else str(row.public_id)


def _after(rows: QuerySet[Row], mark: str, by: str) -> list[QuerySet[Row]]:
    """What follows a mark; in parts, of which each is one range of an index."""
    number, _dot, public_id = mark.rpartition(".")
    try:
        row = rows.model._default_manager.filter(public_id=UUID(public_id)).only("id").first()
        value = min(int(number), GREATEST) if by else 0
    except ValueError:
        return []
    if row is None:
        return []
    if not by:
        return [rows.filter(id__lt=row.pk)]
    return [rows.filter(**{by: value}, id__lt=row.pk), rows.filter(**{f"{by}__lt": value})]


def _url(parameters: QueryDict, **changed: str) -> str:
    wanted = parameters.copy()
    wanted.pop("after", None)
    wanted.update(changed)
    return f"?{wanted.urlencode()}"
