"""A web process that has work lets others take the next connection, but leaves none waiting."""

import logging
import selectors
import socket
import threading
import time

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import ThreadWorker

from config import web_worker
from config.web_worker import FairWorker

PATIENCE = 5.0


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


@pytest.fixture
def worker(listener, monkeypatch):
    """One whose requests are in service until `worker.go_on` is set; then connections close."""
    config = Config()
    config.set("threads", 2)
    made = FairWorker(1, 0, [listener], None, 30, config, logging.getLogger("test"))
    made.go_on = threading.Event()
    made.tpool = made.get_thread_pool()
    made.poller = selectors.DefaultSelector()
    made.method_queue.init()
    made.poller.register(
        made.method_queue.fileno(), selectors.EVENT_READ, made.method_queue.run_callbacks
    )
    monkeypatch.setattr(ThreadWorker, "handle", lambda self, conn: not made.go_on.wait(PATIENCE))
    made.set_accept_enabled(True)
    yield made
    made.go_on.set()
    made.tpool.shutdown()
    while made.nr_conns:  # a pool that has ended has told of every request
        made.wait_for_and_dispatch_events(timeout=PATIENCE)
    made.poller.close()
    made.method_queue.close()
    made.tmp.close()


def connected(listener):
    return socket.create_connection(listener.getsockname())


def go_round(worker, *, until):
    """The worker's loop, until something is so; how long it took."""
    started = time.monotonic()
    while not until():
        assert time.monotonic() < started + PATIENCE
        worker.set_accept_enabled(True)
        worker.wait_for_and_dispatch_events(timeout=0.1)
    return time.monotonic() - started


def test_a_process_without_work_accepts_at_once(worker, listener):
    with connected(listener):
        worker.wait_for_and_dispatch_events(timeout=PATIENCE)
        assert worker.nr_conns == 1


def test_a_process_with_work_gives_way_the_longer_the_more_it_has(worker, listener, monkeypatch):
    monkeypatch.setattr(web_worker, "SECONDS_FOR_EACH_REQUEST", 0.05)
    with connected(listener), connected(listener), connected(listener):
        worker.wait_for_and_dispatch_events(timeout=PATIENCE)
        worker.wait_for_and_dispatch_events(timeout=PATIENCE)
        assert worker.nr_conns == 1, "the second connection is left to others first"
        assert go_round(worker, until=lambda: worker.nr_conns == 2) > 0.02
        assert go_round(worker, until=lambda: worker.nr_conns == 3) > 0.07


def test_what_another_process_took_meanwhile_is_not_waited_for(worker, listener, monkeypatch):
    monkeypatch.setattr(web_worker, "SECONDS_FOR_EACH_REQUEST", 0.02)
    with connected(listener), connected(listener):
        go_round(worker, until=lambda: worker.nr_conns == 1)
        worker.wait_for_and_dispatch_events(timeout=PATIENCE)  # it gives way
        taken, _address = listener.accept()  # as another process does
        with taken:
            worker.go_on.set()
            go_round(worker, until=lambda: worker.nr_conns == 0)
        with connected(listener):
            go_round(worker, until=lambda: worker.nr_conns == 1)


@pytest.mark.parametrize(("field", "value"), [("alive", False), ("worker_connections", 0)])
def test_a_process_that_accepts_nothing_more_sleeps_between_events(worker, field, value):
    setattr(worker, field, value)
    worker.set_accept_enabled(False)
    started = time.monotonic()
    worker.wait_for_and_dispatch_events(timeout=0.2)
    assert time.monotonic() - started > 0.15


def test_requests_that_ended_count_no_longer(worker, listener):
    with connected(listener):
        go_round(worker, until=lambda: worker.nr_conns == 1)
        worker.go_on.set()
        go_round(worker, until=lambda: worker.nr_conns == 0)
    with connected(listener):
        worker.set_accept_enabled(True)
        worker.wait_for_and_dispatch_events(timeout=PATIENCE)
        assert worker.nr_conns == 1, "nothing is in service, so nobody is given way"
