"""Leave to call: limits hold over all who ask, and money is taken before anything is sent."""

from datetime import timedelta

import pytest
from django.db.models import F

from annotate.endpoints.permits import (
    EndpointClosed,
    MonthlyLimitReached,
    NotNow,
    end_call,
    lose_calls,
    open_call,
    pause,
)
from annotate.models import CallState, Endpoint, EndpointCall, EndpointMonth
from tests.factories import make_endpoint

pytestmark = pytest.mark.django_db


def opened(endpoint, *, n_tokens=10, cost=100, purpose="p"):
    return open_call(endpoint.pk, model="small", purpose=purpose, n_tokens=n_tokens, cost=cost)


def ended(call, *, n_tokens=5, cost=40):
    return end_call(call, state=CallState.ANSWERED, n_tokens=n_tokens, cost=cost)


def later(seconds):
    """As if so much time had passed since every call."""
    EndpointCall.objects.update(sent_at=F("sent_at") - timedelta(seconds=seconds))


def spent():
    return EndpointMonth.objects.get().spent


def test_a_call_takes_the_most_and_gives_back_the_rest():
    endpoint = make_endpoint()
    call = opened(endpoint)
    assert spent() == 100
    assert ended(call)
    assert spent() == 40
    assert not ended(call, cost=0)  # it ends once
    assert spent() == 40


def test_a_call_whose_worker_died_keeps_what_it_took():
    endpoint = make_endpoint()
    call, other = opened(endpoint), opened(endpoint, purpose="other")
    lose_calls("p")
    assert not ended(call)
    assert ended(other)
    assert spent() == 140
    assert sorted(EndpointCall.objects.values_list("state", flat=True)) == ["answered", "lost"]


def test_the_month_is_never_exceeded_by_what_open_calls_may_cost():
    endpoint = make_endpoint(monthly_limit=250, most_at_once=9)
    first = opened(endpoint)
    opened(endpoint)
    with pytest.raises(MonthlyLimitReached):
        opened(endpoint)
    ended(first)  # 40 + 100
    opened(endpoint)
    assert spent() == 240


def test_requests_in_any_minute():
    endpoint = make_endpoint(requests_per_minute=2)
    ended(opened(endpoint))
    later(20)
    ended(opened(endpoint))
    with pytest.raises(NotNow) as caught:
        opened(endpoint)
    assert caught.value.seconds == pytest.approx(40, abs=2)
    later(41)
    ended(opened(endpoint))
    with pytest.raises(NotNow):
        opened(endpoint)


def test_tokens_in_any_minute_count_as_used_once_that_is_known():
    endpoint = make_endpoint(tokens_per_minute=20)
    ended(opened(endpoint, n_tokens=15), n_tokens=4)
    opened(endpoint, n_tokens=16)
    with pytest.raises(NotNow):
        opened(endpoint, n_tokens=1)


def test_a_call_larger_than_the_limit_goes_alone():
    endpoint = make_endpoint(tokens_per_minute=20)
    ended(opened(endpoint, n_tokens=500), n_tokens=500)
    with pytest.raises(NotNow):
        opened(endpoint, n_tokens=1)
    later(61)
    opened(endpoint, n_tokens=500)


def test_calls_at_once_and_those_of_dead_workers_after_a_while():
    endpoint = make_endpoint(most_at_once=2, timeout_seconds=60)
    opened(endpoint)
    call = opened(endpoint)
    with pytest.raises(NotNow):
        opened(endpoint)
    ended(call)
    opened(endpoint)
    later(91)
    opened(endpoint)


def test_nobody_calls_while_the_server_asked_for_quiet():
    endpoint = make_endpoint()
    pause(endpoint.pk, seconds=30)
    pause(endpoint.pk, seconds=1)  # a shorter one does not end the longer
    with pytest.raises(NotNow) as caught:
        opened(endpoint)
    assert caught.value.seconds == pytest.approx(30, abs=2)


def test_what_is_not_in_use_is_not_called():
    endpoint = make_endpoint(is_active=False)
    with pytest.raises(EndpointClosed):
        opened(endpoint)
    Endpoint.objects.all().delete()
    with pytest.raises(EndpointClosed):
        opened(endpoint)
