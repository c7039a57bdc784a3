"""Rows are locked in one order: the generation, the endpoint, its month."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from annotate.endpoints.chat import ChatFailed, FailureKind
from annotate.generation.asking import next_due, send, take
from annotate.generation.planning import plan
from annotate.generation.queueing import GENERATIONS
from annotate.models import Endpoint, EndpointMonth, WantedState
from tests.annotate.generation.generating import endpoint_at, prompts_in, queued, two_of
from tests.factories import make_project

pytestmark = pytest.mark.django_db(transaction=True)
TOO_MANY = ChatFailed("fewer calls", kind=FailureKind.MAY_PASS, wait_seconds=5)


def test_a_server_that_asks_for_quiet_stops_nobody_who_opens_a_call(server):
    project = make_project()
    prompts_in(project, 1)
    endpoint = endpoint_at(server)
    held = GENERATIONS.claim(queued(project, two_of(endpoint)).pk)
    plan(held)
    sent = send(held, next_due(held.row, but_for=set()))
    is_locked = threading.Event()

    def open_slowly():
        """What `open_call` does for another generation."""
        try:
            with transaction.atomic():
                Endpoint.objects.select_for_update().get()
                is_locked.set()
                time.sleep(0.5)  # meanwhile the answer to the first call is taken
                EndpointMonth.objects.update(spent=7)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        other = thread.submit(open_slowly)
        assert is_locked.wait(10)
        assert take(held, sent, TOO_MANY) == ""
        other.result()
    sent.wanted.refresh_from_db()
    assert (sent.wanted.state, sent.wanted.reason) == (WantedState.WAITING, "fewer calls")
    assert Endpoint.objects.get().paused_until is not None
