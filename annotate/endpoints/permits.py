"""Leave to call an endpoint: limits and money are settled before anything is sent.

All workers ask the endpoint's row, one after the other, so its limits hold however many they are.
A call takes the most it may use when it begins, and gives back the rest when it ends; one whose
worker died keeps what it took, as it may have been answered, and paid for.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, Min, QuerySet, Sum
from django.db.models.functions import Coalesce, Greatest, Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.endpoints.money import in_words
from annotate.errors import AccordError
from annotate.models import CallState, Endpoint, EndpointCall, EndpointMonth

WINDOW_SECONDS = 60.0
MARGIN_SECONDS = 30  # beyond its time limit, an open call is one of a worker that died
BUSY_SECONDS = 0.5


class NotNow(Exception):
    """A limit is reached; asking again makes sense after so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not before {seconds:.1f} s")
        self.seconds = seconds


class EndpointClosed(AccordError):
    code = "endpoint_closed"
    status = 409
    default_message = gettext_lazy("The endpoint is not in use any more.")


class MonthlyLimitReached(AccordError):
    code = "monthly_limit_reached"
    status = 409


@transaction.atomic
def open_call(
    endpoint_id: int, *, model: str, purpose: str, n_tokens: int, cost: int
) -> EndpointCall:
    """Count a call that is about to be sent, with the most it may use.

    Raises: NotNow; EndpointClosed and MonthlyLimitReached, after which waiting does not help.
    """
    endpoint = Endpoint.objects.select_for_update().filter(pk=endpoint_id).first()
    if endpoint is None or not endpoint.is_active:
        raise EndpointClosed
    now = _database_now(endpoint)
    _check_pace(endpoint, now, n_tokens)
    month, _is_new = EndpointMonth.objects.get_or_create(
        endpoint=endpoint, month=now.date().replace(day=1)
    )
    if endpoint.monthly_limit is not None and month.spent + cost > endpoint.monthly_limit:
        raise MonthlyLimitReached(
            _("“%(name)s” may cost %(limit)s a month, and the next call might exceed it.")
            % {
                "name": endpoint.name,
                "limit": in_words(endpoint.monthly_limit, endpoint.currency),
            }
        )
    EndpointMonth.objects.filter(pk=month.pk).update(spent=F("spent") + cost)
    return EndpointCall.objects.create(
        month=month, endpoint=endpoint, model=model, purpose=purpose, n_tokens=n_tokens, cost=cost
    )


@transaction.atomic
def end_call(call: EndpointCall, *, state: CallState, n_tokens: int, cost: int) -> bool:
    """Settle a call by what it used; whether it was still open."""
    ended = EndpointCall.objects.filter(pk=call.pk, state=CallState.OPEN).update(
        state=state, ended_at=Now(), n_tokens=n_tokens, cost=cost
    )
    if ended:
        EndpointMonth.objects.filter(pk=call.month_id).update(
            spent=Greatest(F("spent") + (cost - call.cost), 0)
        )
    return bool(ended)


def lose_calls(purpose: str) -> None:
    """The worker that made these calls is dead: they keep what they took."""
    EndpointCall.objects.filter(purpose=purpose, state=CallState.OPEN).update(
        state=CallState.LOST, ended_at=Now()
    )


def pause(endpoint_id: int, *, seconds: float) -> None:
    """Nobody calls the endpoint for a while, as it asked."""
    until = Now() + timedelta(seconds=seconds)
    Endpoint.objects.filter(pk=endpoint_id).update(
        paused_until=Greatest(Coalesce(F("paused_until"), until), until)
    )


def _database_now(endpoint: Endpoint) -> datetime:
    now: datetime = Endpoint.objects.filter(pk=endpoint.pk).values_list(Now()).get()[0]
    return now


def _check_pace(endpoint: Endpoint, now: datetime, n_tokens: int) -> None:
    """Raises: NotNow."""
    if endpoint.paused_until is not None and endpoint.paused_until > now:
        raise NotNow((endpoint.paused_until - now).total_seconds())
    if _open_calls(endpoint, now).count() >= endpoint.most_at_once:
        raise NotNow(BUSY_SECONDS)
    limits = endpoint.requests_per_minute, endpoint.tokens_per_minute
    if limits == (None, None):
        return
    window = EndpointCall.objects.filter(
        endpoint=endpoint, sent_at__gt=now - timedelta(seconds=WINDOW_SECONDS)
    ).aggregate(n=Count("pk"), n_tokens=Sum("n_tokens", default=0), oldest=Min("sent_at"))
    most_requests, most_tokens = limits
    is_full = most_requests is not None and window["n"] >= most_requests
    # one call that is larger than the limit goes alone: else it would never go
    is_full |= (
        most_tokens is not None and window["n"] > 0 and window["n_tokens"] + n_tokens > most_tokens
    )
    if is_full:
        raise NotNow(max(0.05, WINDOW_SECONDS - (now - window["oldest"]).total_seconds()))


def _open_calls(endpoint: Endpoint, now: datetime) -> QuerySet[EndpointCall]:
    since = now - timedelta(seconds=endpoint.timeout_seconds + MARGIN_SECONDS)
    return EndpointCall.objects.filter(endpoint=endpoint, state=CallState.OPEN, sent_at__gt=since)
