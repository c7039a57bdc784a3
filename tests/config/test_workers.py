"""Workers and scheduler as processes, on the broker of the database under test."""

import threading
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from annotate.tasks import chain_audit_events, run_import
from config import broker, scheduler
from config.celery import app
from config.programs import programs as programs_of

embedded_broker_only = pytest.mark.skipif(
    not settings.CELERY_BROKER_URL.startswith(broker.SCHEME), reason="about the embedded broker"
)


def n_done(stack):
    return stack.log("default").count("succeeded in")


def wait_until(condition, *, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_worker_does_what_it_is_sent_and_goes_on_after_its_death(stack):
    before = n_done(stack)
    chain_audit_events.delay()
    wait_until(lambda: n_done(stack) == before + 1)
    stack.kill("default")
    chain_audit_events.delay()
    stack.start("default")
    wait_until(lambda: n_done(stack) == before + 2)


@pytest.mark.django_db(transaction=True)
def test_what_takes_a_moment_does_not_wait_for_long_work(stack):
    stack.kill("long")
    before, long_before = n_done(stack), stack.log("long").count("succeeded in")
    run_import.delay(0)  # of a row that is not there
    chain_audit_events.delay()
    wait_until(lambda: n_done(stack) == before + 1)
    assert stack.log("long").count("succeeded in") == long_before
    stack.start("long")
    wait_until(lambda: stack.log("long").count("succeeded in") > long_before)


def test_every_task_goes_to_a_queue_that_a_program_takes_from():
    programs = {
        service.command[service.command.index("--queues") + 1]
        for service in programs_of(listener_fd=0, data_dir=Path(), web_processes=1, web_threads=1)
        if "--queues" in service.command
    }
    assert programs == {"default", "long", "training"}
    app.loader.import_default_modules()
    names = [name for name in app.tasks if name.startswith(("annotate.", "training."))]
    queues = {name: app.amqp.router.route({}, name)["queue"].name for name in names}
    assert set(queues.values()) == programs
    assert queues["annotate.tasks.run_import"] == queues["training.tasks.do_step"] == "long"
    assert queues["training.tasks.advance_round"] == "default"


@embedded_broker_only
def test_an_unreadable_message_does_not_end_the_worker(stack):
    before, process = n_done(stack), stack.services["default"].process
    messages = settings.ACCORD_DATA_DIR / "broker" / "messages"
    wait_until(messages.is_dir)
    (messages / "0000_x.default.msg").write_bytes(b'{"body": ')
    chain_audit_events.delay()
    wait_until(lambda: n_done(stack) == before + 1)
    assert process.poll() is None
    unreadable = settings.ACCORD_DATA_DIR / "broker" / "unreadable" / "0000_x.default.msg"
    assert unreadable.read_bytes() == b'{"body": '


@pytest.mark.django_db(transaction=True)
def test_the_scheduler_goes_on_after_a_failure_and_keeps_its_rhythm(caplog):
    stop, calls = threading.Event(), []

    def often():
        calls.append("often")
        if len(calls) >= 12:
            stop.set()

    def failing():
        calls.append("failing")
        raise LookupError("as planned")

    scheduler.run({often: 0.02, failing: 0.06}, stop=stop)
    connection.close()
    assert calls.count("often") > calls.count("failing") >= 2
    assert "as planned" in caplog.text


def test_every_task_of_the_scheduler_exists():
    from django.utils.module_loading import import_string

    assert all(callable(import_string(path)) for path in settings.ACCORD_PERIODIC_TASKS)
