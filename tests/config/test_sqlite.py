import sqlite3
import threading
import time
from collections import Counter

import pytest
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from annotate.database.transactions import consistent_read
from config.sqlite.base import refuse_unsafe_settings, write_locks
from config.sqlite.fair_lock import FairLock

only_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="about SQLite alone")


def test_a_fair_lock_serves_in_the_order_of_arrival():
    lock, served = FairLock(), []
    lock.acquire(timeout_seconds=1)

    def wait(number):
        lock.acquire(timeout_seconds=10)
        served.append(number)
        lock.release()

    threads = [threading.Thread(target=wait, args=(number,)) for number in range(8)]
    for n_started, thread in enumerate(threads, start=1):
        thread.start()
        while len(lock._waiting) < n_started:
            time.sleep(0.001)
    lock.release()
    for thread in threads:
        thread.join()
    assert served == list(range(8))


def test_a_fair_lock_gives_up_after_its_timeout_and_goes_on_serving():
    lock = FairLock()
    assert lock.acquire(timeout_seconds=1)
    assert not lock.acquire(timeout_seconds=0.02)
    lock.release()
    assert lock.acquire(timeout_seconds=0.02)


@pytest.mark.parametrize(
    ("pragma", "mode", "complaint"),
    [
        ("journal_mode=DELETE", "IMMEDIATE", "journal_mode is delete, not wal"),
        ("synchronous=NORMAL", "IMMEDIATE", "synchronous is 1, not 2"),
        ("foreign_keys=OFF", "IMMEDIATE", "foreign_keys is 0, not 1"),
        ("cache_size=100", "DEFERRED", "transaction_mode is DEFERRED, not IMMEDIATE"),
        ("cache_size=100", None, "transaction_mode is None, not IMMEDIATE"),
    ],
)
def test_an_unsafe_sqlite_configuration_is_refused(tmp_path, pragma, mode, complaint):
    database = sqlite3.connect(tmp_path / "test.sqlite3", isolation_level=None)
    for statement in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", pragma):
        database.execute(f"PRAGMA {statement}")
    with pytest.raises(ImproperlyConfigured, match=complaint):
        refuse_unsafe_settings(database, transaction_mode=mode)


def new_session(key):
    return Session.objects.create(session_key=key, session_data="", expire_date=timezone.now())


@only_sqlite
@pytest.mark.django_db(transaction=True)
def test_threads_take_turns_to_write():
    new_session("turns")
    n_writes, stop, start = Counter(), threading.Event(), threading.Barrier(8)

    def write(number):
        connection.ensure_connection()
        start.wait()
        while not stop.is_set():
            with transaction.atomic():
                Session.objects.filter(pk="turns").update(session_data=str(number))
            n_writes[number] += 1
        connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(2)
    stop.set()
    for thread in threads:
        thread.join()
    assert len(n_writes) == 8
    assert max(n_writes.values()) <= 2 * min(n_writes.values()) + 2, n_writes


@only_sqlite
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ending", ["commit", "error", "close", "single statement"])
def test_the_write_lock_is_given_back(ending):
    lock = write_locks[str(connection.settings_dict["NAME"])]
    if ending == "single statement":
        Session.objects.filter(pk="nobody").update(session_data="")
    else:
        try:
            with transaction.atomic():
                new_session("ending")
                assert not lock.acquire(timeout_seconds=0.01)
                if ending == "error":
                    raise LookupError
                if ending == "close":
                    connection.close()
        except LookupError:
            pass
    assert lock.acquire(timeout_seconds=0.01)
    lock.release()


@pytest.mark.django_db(transaction=True)
def test_a_consistent_read_does_not_see_what_others_commit_meanwhile():
    new_session("before")

    def write():
        new_session("meanwhile")
        connection.close()

    with consistent_read():
        assert Session.objects.count() == 1
        writer = threading.Thread(target=write)
        writer.start()
        writer.join(timeout=10)
        assert not writer.is_alive(), "a reader must not hold up a writer"
        assert Session.objects.count() == 1
    assert Session.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_consistent_read_refuses_to_write_and_leaves_writing_possible():
    with pytest.raises(Exception, match=r"read-?only"), consistent_read():
        new_session("inside")
    new_session("after")
    assert list(Session.objects.values_list("pk", flat=True)) == ["after"]


@pytest.mark.django_db(transaction=True)
def test_a_consistent_read_inside_another_transaction_is_refused():
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic(), consistent_read():
        pass


@only_sqlite
@pytest.mark.django_db(transaction=True)
def test_a_writer_that_waits_too_long_is_told_that_the_database_is_locked(monkeypatch):
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.05)
    lock = write_locks[str(connection.settings_dict["NAME"])]
    lock.acquire(timeout_seconds=1)
    try:
        with pytest.raises(OperationalError, match="locked"), transaction.atomic():
            pass
    finally:
        lock.release()
