"""Which comparisons a bulk change is of: those that were ticked, or all of a view."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from annotate.errors import InvalidInput
from annotate.listing.filters import wanted_comparisons
from annotate.listing.orders import NEWEST, ORDERS
from annotate.listing.read_views import wanted_of
from annotate.models import Comparison, Project, Role

MOST_TICKED = 1_000


@dataclass(frozen=True)
class Selection:
    """Either of the two; `query` as an address holds it, "" being all comparisons."""

    ids: Sequence[UUID] = ()
    query: str | None = None

    def as_stored(self) -> dict[str, Any]:
        if self.query is not None:
            return {"query": self.query}
        return {"ids": [str(one) for one in self.ids]}

    @classmethod
    def of_stored(cls, stored: dict[str, Any]) -> "Selection":
        return cls(ids=[UUID(one) for one in stored.get("ids", ())], query=stored.get("query"))


def selected(project: Project, selection: Selection) -> QuerySet[Comparison]:
    """Raises: InvalidInput."""
    if selection.query is not None:
        wanted = wanted_of(selection.query, role=Role.LEAD)
        rows = wanted_comparisons(project, wanted)
        return ORDERS[wanted.sort or NEWEST.name].of(rows, project).order_by()
    if not selection.ids:
        raise InvalidInput(_("No comparison is chosen."), field="ids", value=[])
    if len(selection.ids) > MOST_TICKED:
        raise InvalidInput(
            _("%(n)d comparisons are more than can be named; choose all that match instead.")
            % {"n": len(selection.ids)},
            field="ids",
            value=len(selection.ids),
        )
    rows = wanted_comparisons(project, wanted_of("", role=Role.LEAD))
    return rows.filter(public_id__in=list(selection.ids))
