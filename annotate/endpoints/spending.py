"""What an endpoint has cost this month, and how it was called."""

from dataclasses import dataclass

from django.db.models import Count
from django.utils import timezone

from annotate.endpoints.money import in_words
from annotate.models import CallState, Endpoint, EndpointCall, EndpointMonth


@dataclass(frozen=True)
class Month:
    """The month of UTC that is running; calls by how they ended."""

    spent: int
    currency: str
    n_calls: int
    n_failed: int

    @property
    def in_words(self) -> str:
        return in_words(self.spent, self.currency)


def month_of(endpoint: Endpoint) -> Month:
    first = timezone.now().date().replace(day=1)
    month = EndpointMonth.objects.filter(endpoint=endpoint, month=first).first()
    calls = EndpointCall.objects.filter(month=month).values_list("state").annotate(n=Count("pk"))
    counts = dict(calls) if month else {}
    return Month(
        spent=month.spent if month else 0,
        currency=endpoint.currency,
        n_calls=sum(counts.values()) + (month.n_old_calls if month else 0),
        n_failed=counts.get(CallState.FAILED, 0)
        + counts.get(CallState.LOST, 0)
        + (month.n_old_failed if month else 0),
    )
