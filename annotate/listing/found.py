"""One look at the list: a page of what was looked for, and how many there are, within a time."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy

from annotate.database.time_limit import TookTooLong, time_limit
from annotate.errors import AccordError
from annotate.listing.filter_kinds import Wanted
from annotate.listing.filters import FILTERS, wanted_comparisons
from annotate.listing.orders import NEWEST, ORDERS
from annotate.listing.pages import PAGE_ROWS, ListPage, page_of
from annotate.listing.search_index import n_waiting
from annotate.models import AnnotatorKind, Comparison, Judgement, Project

MOST_COUNTED = 10_000
COUNT_SECONDS = 0.3
PAGE_SECONDS = 3.0


class LooksTooLong(AccordError):
    code = "took_too_long"
    status = 503
    default_message = gettext_lazy(
        "Looking for this takes the database too long. Add a filter, such as a tag, a date or a "
        "word of the text."
    )


@dataclass(frozen=True)
class Counted:
    """How many rows there are: exactly up to `MOST_COUNTED`, beyond that only that they are more.

    `n` is None where counting took too long.
    """

    n: int | None
    is_more: bool = False


def found_page(
    project: Project, wanted: Wanted, *, after: str = "", before: str = "", size: int = PAGE_ROWS
) -> ListPage:
    """Raises: InvalidInput, LooksTooLong, WrongMark."""
    order = ORDERS[wanted.sort or NEWEST.name]
    rows = _shown(wanted_comparisons(project, wanted))
    try:
        with time_limit(PAGE_SECONDS):
            return page_of(rows, order, project=project, after=after, before=before, size=size)
    except TookTooLong as error:
        raise LooksTooLong from error


def counted(project: Project, wanted: Wanted, *, seconds: float = COUNT_SECONDS) -> Counted:
    """How many the list holds, by its order too: an order may be of some alone."""
    order = ORDERS[wanted.sort or NEWEST.name]
    rows = order.of(wanted_comparisons(project, wanted), project).order_by()
    try:
        with time_limit(seconds):
            n = rows.values("pk")[: MOST_COUNTED + 1].count()
    except TookTooLong:
        return Counted(None)
    return Counted(min(n, MOST_COUNTED), is_more=n > MOST_COUNTED)


def n_not_searchable(project: Project, wanted: Wanted) -> int:
    """How many have come in so lately that the index lacks them, where the index was asked."""
    if not any(FILTERS[name].is_by_index for name in wanted.values):
        return 0
    return n_waiting(Comparison.objects.filter(project=project), most=MOST_COUNTED)


def _shown(rows: QuerySet[Comparison]) -> QuerySet[Comparison]:
    """Say of each whether machines are among its judges: that is marked wherever it counts."""
    machines = Judgement.objects.filter(
        comparison=OuterRef("pk"),
        withdrawn_at=None,
        annotator__kind__in=(AnnotatorKind.SIMULATED, AnnotatorKind.MODEL),
    )
    return rows.select_related("prompt").annotate(is_machine_judged=Exists(machines))
