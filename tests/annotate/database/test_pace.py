"""Long work writes little at once, and rests, where and while others wait for its end."""

import sqlite3
import time

import pytest
from django.db import connection

from annotate.database import pace
from annotate.database.pace import Pace

SQLITE_ONLY = "PostgreSQL lets others write beside long work"


@pytest.fixture
def rests(monkeypatch):
    taken = []
    monkeypatch.setattr(time, "sleep", taken.append)
    return taken


@pytest.fixture(autouse=True)
def others_are_known(monkeypatch):
    monkeypatch.setattr(pace, "FIRST_SECONDS", 0.0)


@pytest.fixture
def write_as_another():
    if connection.vendor != "sqlite":
        pytest.skip(SQLITE_ONLY)

    def write():
        name = connection.settings_dict["NAME"]
        with sqlite3.connect(name, uri=str(name).startswith("file:"), timeout=10) as other:
            other.execute("CREATE TABLE IF NOT EXISTS written_by_another (id integer)")
            other.execute("INSERT INTO written_by_another VALUES (1)")
        other.close()

    yield write
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS written_by_another")


@pytest.mark.django_db(transaction=True)
def test_alone_it_writes_as_much_as_it_may_and_never_rests(rests):
    alone = Pace()
    assert alone.at_once(2000) == 2000
    with connection.cursor() as cursor:  # its own writing is nobody else's
        cursor.execute("UPDATE annotate_project SET name = name")
    alone.rest()
    assert alone.at_once(2000) == 2000
    assert rests == []


@pytest.mark.django_db(transaction=True)
def test_beside_others_it_writes_little_and_rests_for_a_while(rests, write_as_another, monkeypatch):
    beside = Pace()
    write_as_another()
    assert beside.at_once(2000) == 100
    assert beside.at_once(3) == 1
    beside.rest()
    assert rests == [pace.REST_SECONDS]
    later = time.monotonic() + 60
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert beside.at_once(2000) == 2000


@pytest.mark.django_db(transaction=True)
def test_as_long_as_nobody_knows_it_takes_care(rests, monkeypatch):
    monkeypatch.setattr(pace, "FIRST_SECONDS", 60.0)
    first = Pace()
    assert first.at_once(2000) == (100 if connection.vendor == "sqlite" else 2000)
