"""Lists in pages: each page begins after a row that is named by its public id, newest first.

Unlike numbered pages, a row that comes in meanwhile shifts nothing, and page 1,000 costs what
page 1 costs.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict

PAGE_ROWS = 50
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: list[Row]
    next_url: str
    first_url: str


def page_of(rows: QuerySet[Row], request: HttpRequest, *, size: int = PAGE_ROWS) -> Page[Row]:
    """The rows after `?after=`; an unknown or mangled mark begins at the start."""
    mark = _mark(rows, request.GET.get("after", ""))
    rows = rows.order_by("-id")
    found = list((rows if mark is None else rows.filter(id__lt=mark))[: size + 1])
    has_more = len(found) > size
    found = found[:size]
    return Page(
        rows=found,
        next_url=_url(request.GET, after=str(found[-1].public_id)) if has_more else "",
        first_url=_url(request.GET) if mark is not None else "",
    )


def _mark(rows: QuerySet[Row], after: str) -> int | None:
    try:
        public_id = UUID(after)
    except ValueError:
        return None
    return rows.model.objects.filter(public_id=public_id).values_list("id", flat=True).first()


def _url(parameters: QueryDict, **changed: str) -> str:
    wanted = parameters.copy()
    wanted.pop("after", None)
    wanted.update(changed)
    return f"?{wanted.urlencode()}"
