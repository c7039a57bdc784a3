"""The embedded broker, with producers and consumers as processes of their own."""

import json
import subprocess
import sys
import time
from queue import Empty

import pytest
from kombu import Connection, Exchange, Producer, Queue

from config import broker

QUEUE = Queue("bell", Exchange("bell", type="direct"), routing_key="bell")

PRODUCER = """
import sys
from tests.config.test_broker import connect, publish
with connect(sys.argv[1]) as connection:
    for number in range(int(sys.argv[3])):
        publish(connection, f"{sys.argv[2]}-{number}")
"""
CONSUMER = """
import sys
from tests.config.test_broker import connect, receive_all
with connect(sys.argv[1]) as connection:
    receive_all(connection, idle_seconds=2)
"""


def connect(directory):
    return Connection(
        f"{broker.SCHEME}://",
        transport_options={"directory": str(directory), "polling_interval": 0},
    )


def publish(connection, body):
    Producer(connection.default_channel).publish(
        body, exchange=QUEUE.exchange, routing_key="bell", declare=[QUEUE], serializer="json"
    )


def receive_all(connection, *, idle_seconds):
    """Print each message, until none has come for a while."""
    queue = QUEUE(connection.default_channel)
    queue.declare()
    last_at = time.monotonic()
    while time.monotonic() - last_at < idle_seconds:
        message = queue.get()
        if message is None:
            time.sleep(0.005)
            continue
        message.ack()
        print(message.payload, flush=True)  # noqa: T201
        last_at = time.monotonic()


def start(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, text=True
    )


def finish(process):
    """The lines that a process printed before it ended well."""
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return output.splitlines()


@pytest.fixture
def connection(tmp_path):
    with connect(tmp_path) as connection:
        QUEUE(connection.default_channel).declare()
        yield connection


def test_no_message_is_lost_or_doubled_between_processes_that_race(tmp_path):
    consumers = [start(CONSUMER, tmp_path) for _ in range(2)]
    producers = [start(PRODUCER, tmp_path, name, 300) for name in "ab"]
    received = [line for process in consumers for line in finish(process)]
    assert [finish(process) for process in producers] == [[], []]
    assert sorted(received) == sorted(f"{name}-{n}" for name in "ab" for n in range(300))


def test_a_producer_killed_in_the_middle_leaves_only_whole_messages(tmp_path):
    producer = start(PRODUCER, tmp_path, "a", 100_000)
    folder = tmp_path / "messages"
    while not folder.exists() or len(list(folder.glob("*.msg"))) < 50:
        time.sleep(0.01)
    producer.kill()
    producer.communicate()
    assert all("body" in json.loads(file.read_text()) for file in folder.glob("*.msg"))


def test_messages_come_out_in_the_order_in_which_they_went_in(connection):
    for number in range(20):
        publish(connection, number)
    queue = QUEUE(connection.default_channel)
    assert [queue.get().payload for _ in range(20)] == list(range(20))


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"body": "e30="}', b'{"properties": {}}'],
)
def test_an_unreadable_message_is_set_aside_and_the_next_one_is_delivered(
    connection, tmp_path, content
):
    (tmp_path / "messages" / f"0000_x.{QUEUE.name}.msg").write_bytes(content)
    publish(connection, "good")
    assert QUEUE(connection.default_channel).get().payload == "good"
    assert [file.read_bytes() for file in (tmp_path / "unreadable").iterdir()] == [content]
    assert not list((tmp_path / "taken").iterdir())


def test_an_unreadable_message_alone_is_an_empty_queue(connection, tmp_path):
    (tmp_path / "messages" / f"0000_x.{QUEUE.name}.msg").write_text("{")
    with pytest.raises(Empty):
        connection.default_channel._get(QUEUE.name)


def test_nobody_else_can_read_the_messages(connection, tmp_path):
    assert {(folder.stat().st_mode & 0o777) for folder in tmp_path.iterdir()} == {0o700}


def test_mail_for_dead_workers_is_forgotten_and_work_is_kept(connection, tmp_path):
    publish(connection, "work")
    (tmp_path / "messages" / "0000_x.celery@gone.celery.pidbox.msg").write_text("{}")
    (tmp_path / "messages" / "0000_x.bell.msg.0a.part").write_text("{")
    broker.forget_dead_workers(tmp_path)
    assert QUEUE(connection.default_channel).get().payload == "work"
    assert not list((tmp_path / "messages").iterdir())


def test_a_full_disk_is_an_error_of_the_sender_and_leaves_no_half_message(
    connection, tmp_path, monkeypatch
):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(broker.os, "fsync", refuse)
    with pytest.raises(connection.channel_errors, match="No space left"):
        publish(connection, "work")
    assert not list((tmp_path / "messages").iterdir())


def test_bindings_written_by_many_processes_are_all_kept(tmp_path):
    code = """
import sys
from tests.config.test_broker import connect
with connect(sys.argv[1]) as connection:
    for number in range(20):
        connection.default_channel._queue_bind("fan", "", "", f"{sys.argv[2]}{number}")
"""
    processes = [start(code, tmp_path, name) for name in "abc"]
    assert [finish(process) for process in processes] == [[], [], []]
    with connect(tmp_path) as connection:
        table = connection.default_channel.get_table("fan")
    assert {row.queue for row in table} == {f"{name}{n}" for name in "abc" for n in range(20)}
