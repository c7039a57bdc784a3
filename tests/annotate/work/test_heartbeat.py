"""The heartbeat of long work: it holds the claim, outlives a silent database, and hears the end."""

import time
from collections.abc import Callable

import pytest
from django.db import OperationalError

from annotate.imports.importing import IMPORTS
from annotate.models import Import
from annotate.work import heartbeat
from annotate.work.claims import Claim
from annotate.work.heartbeat import Heartbeat
from tests.annotate.imports.importing import json_lines, pair, queued
from tests.factories import make_project

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def held(monkeypatch) -> Claim[Import]:
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(Heartbeat, "look_seconds", 0.01)
    monkeypatch.setattr(Heartbeat, "first_beat_seconds", 0.01)
    row = queued(make_project(), json_lines(pair(1)))
    claim = IMPORTS.claim(row.pk)
    assert claim is not None
    return claim


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def beat_after(held: Claim[Import]) -> bool:
    return Import.objects.filter(heartbeat_at__gt=held.row.heartbeat_at).exists()


def test_it_keeps_the_claim_young_and_ends_with_the_work(held):
    with Heartbeat(held) as beating:
        wait_for(lambda: beat_after(held))
        assert not beating.claim_lost.is_set()
    assert not beating.is_alive()


def test_it_hears_that_another_worker_has_the_row(held):
    with Heartbeat(held) as beating:
        Import.objects.update(token=None)
        assert beating.claim_lost.wait(10)


def test_a_database_that_does_not_answer_for_a_while_ends_nothing(held, monkeypatch):
    n_failed = 0
    write = Claim.write

    def fail_twice(claim: Claim[Import], **values: object) -> None:
        nonlocal n_failed
        n_failed += 1
        if n_failed <= 2:
            raise OperationalError("away")
        write(claim, **values)

    monkeypatch.setattr(Claim, "write", fail_twice)
    with Heartbeat(held) as beating:
        wait_for(lambda: beat_after(held))
        assert not beating.claim_lost.is_set()
    assert n_failed > 2
