"""Old calls are no longer listed, and their month still knows their number and their cost."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Sum
from django.db.models.functions import Now
from django.utils import timezone

from annotate.endpoints import old_calls
from annotate.endpoints.old_calls import forget_old_calls
from annotate.endpoints.permits import end_call, open_call
from annotate.endpoints.spending import month_of
from annotate.models import CallState, EndpointCall, EndpointMonth
from tests.factories import make_endpoint

pytestmark = pytest.mark.django_db
DAYS = 90


@pytest.fixture(autouse=True)
def days(settings):
    settings.ACCORD_CALL_DAYS = DAYS


def called(endpoint, *, state=CallState.ANSWERED, days: float = 0, cost: int = 40) -> EndpointCall:
    call = open_call(endpoint.pk, model="small", purpose="p", n_tokens=10, cost=100)
    if state != CallState.OPEN:
        end_call(call, state=state, n_tokens=5, cost=cost)
    EndpointCall.objects.filter(pk=call.pk).update(sent_at=Now() - timedelta(days=days))
    return call


def test_sums_stay_as_they_were_and_only_old_rows_go(monkeypatch):
    monkeypatch.setattr(old_calls, "BATCH", 2)
    endpoint = make_endpoint(most_at_once=50)
    for state in (CallState.ANSWERED, CallState.ANSWERED, CallState.FAILED, CallState.LOST):
        called(endpoint, state=state, days=DAYS + 1)
    called(endpoint, state=CallState.OPEN, days=DAYS + 1)  # of a process that died
    young = called(endpoint, days=DAYS - 1)
    before, spent = month_of(endpoint), EndpointMonth.objects.get().spent
    assert (before.n_calls, before.n_failed) == (6, 2)
    assert spent == 5 * 40 + 100
    assert forget_old_calls() == 5
    assert forget_old_calls() == 0
    assert EndpointCall.objects.get() == young
    month = EndpointMonth.objects.get()
    assert month.spent == spent
    assert (month.n_old_calls, month.n_old_failed, month.n_old_tokens) == (5, 3, 4 * 5 + 10)
    assert month_of(endpoint).n_calls == 6
    assert month_of(endpoint).n_failed == 3  # what never ended has failed by now


def test_each_month_and_endpoint_keeps_its_own():
    one, other = make_endpoint(), make_endpoint()
    for endpoint, n_calls in ((one, 1), (other, 2)):
        for _call in range(n_calls):
            called(endpoint, days=DAYS + 1)
    earlier = EndpointMonth.objects.create(
        endpoint=one, month=datetime(2020, 1, 1, tzinfo=UTC).date(), spent=7
    )
    EndpointCall.objects.create(
        month=earlier,
        endpoint=one,
        model="small",
        purpose="p",
        state=CallState.ANSWERED,
        ended_at=timezone.now(),
        n_tokens=3,
        cost=7,
    )
    EndpointCall.objects.filter(month=earlier).update(sent_at=Now() - timedelta(days=2000))
    assert forget_old_calls() == 4
    assert EndpointMonth.objects.aggregate(n=Sum("n_old_calls"))["n"] == 4
    earlier.refresh_from_db()
    assert (earlier.n_old_calls, earlier.n_old_tokens, earlier.spent) == (1, 3, 7)


def test_a_call_that_ends_after_it_was_forgotten_changes_nothing():
    call = called(make_endpoint(), state=CallState.OPEN, days=DAYS + 1)
    forget_old_calls()
    assert not end_call(call, state=CallState.ANSWERED, n_tokens=1, cost=1)
    assert EndpointMonth.objects.get().spent == 100
