"""The orders of the list: each is a walk along one index, so that any page costs the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy

from annotate.listing.filter_kinds import Text
from annotate.models import Comparison, Project


@dataclass(frozen=True)
class Order:
    name: str
    label: Text
    by: str = ""  # a whole number of each comparison; none: when it was added
    is_descending: bool = True
    only: Callable[[Project], Q] | None = None  # what this order is of: its index holds no others

    def of(self, comparisons: QuerySet[Comparison], project: Project) -> QuerySet[Comparison]:
        """Those that it is of, each with `place`, the number that it is ordered by."""
        if self.only is not None:
            comparisons = comparisons.filter(self.only(project))
        return comparisons.annotate(place=F(self.by or "id"))


def _indexed(project: Project) -> Q:
    return Q(search_entry__project=project)


NEWEST = Order("newest", gettext_lazy("newest first"))
ORDERS: Mapping[str, Order] = {
    one.name: one
    for one in (
        NEWEST,
        Order("oldest", gettext_lazy("oldest first"), is_descending=False),
        Order(
            "divided",
            gettext_lazy("most divided first (where people disagree)"),
            "n_divided",
            only=lambda _project: Q(n_divided__gt=0),
        ),
        Order(
            "queue",
            gettext_lazy("next to be judged first (what is still open)"),
            "queue_key",
            is_descending=False,
            only=lambda _project: Q(is_open=True, is_derived=False),
        ),
        Order(
            "longest",
            gettext_lazy("longest first"),
            "search_entry__n_characters",
            only=_indexed,
        ),
        Order(
            "shortest",
            gettext_lazy("shortest first"),
            "search_entry__n_characters",
            is_descending=False,
            only=_indexed,
        ),
    )
}
