"""The embedded message broker: a directory of files, safe against races, crashes and bad files.

Kombu's own file transport opens a message under its final name before writing it, so that a
consumer can take it while it is empty: messages are lost, and the worker that reads one dies.
Here a message appears complete or not at all, and what cannot be read is set aside.
"""

import fcntl
import json
import logging
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty
from typing import Any

from kombu import transport
from kombu.exceptions import ChannelError
from kombu.transport import filesystem, virtual
from kombu.transport.filesystem import exchange_queue_t
from kombu.utils.json import dumps, loads

logger = logging.getLogger(__name__)

SCHEME = "files"
LONGEST_WAIT_SECONDS = 0.5
transport.TRANSPORT_ALIASES[SCHEME] = "config.broker:Transport"


def transport_options(directory: Path) -> dict[str, Any]:
    """Celery's `broker_transport_options` for a broker kept in one directory."""
    return {"directory": str(directory), "polling_interval": 0.25}


def forget_dead_workers(directory: Path) -> None:
    """Delete what was addressed to workers of an earlier start, and half-written files.

    Only for a moment when no worker lives: each worker announces its own mailbox anew.
    """
    for pattern in (
        "messages/*.pidbox.msg",
        "messages/celeryev.*.msg",
        "messages/*.part",
        "taken/*",
        "exchanges/*.pidbox.exchange",
        "exchanges/celeryev.exchange",
    ):
        for file in directory.glob(pattern):
            with suppress(OSError):
                file.unlink()


class Channel(filesystem.Channel):
    """Messages under `messages/`, bindings under `exchanges/`, bad messages in `unreadable/`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        directory = Path(self.transport_options["directory"])
        self.messages, self.taken, self.unreadable, self.exchanges = (
            directory / name for name in ("messages", "taken", "unreadable", "exchanges")
        )
        for folder in (directory, self.messages, self.taken, self.unreadable, self.exchanges):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    # For the parts of the parent class that only list or purge:

    @property
    def data_folder_in(self) -> Path:
        return self.messages

    data_folder_out = data_folder_in

    @property
    def control_folder(self) -> Path:
        return self.exchanges

    # Messages

    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:
        # Wall-clock time, since monotonic time starts again with the machine.
        name = f"{time.time_ns():020d}_{uuid.uuid4()}.{queue}.msg"
        try:
            write_atomically(self.messages / name, dumps(payload))
        except OSError as error:
            raise ChannelError(f"The broker cannot store a message: {error}") from error

    def _get(self, queue: str) -> dict[str, Any]:
        for name in sorted(file.name for file in self.messages.iterdir()):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = self.taken / name
            try:
                (self.messages / name).rename(taken)  # only one consumer succeeds
            except FileNotFoundError:
                continue
            payload = self._read(taken)
            if payload is not None:
                return payload
        raise Empty

    def _read(self, taken: Path) -> dict[str, Any] | None:
        """The message, or None if the worker could not have survived reading it."""
        try:
            payload: dict[str, Any] = loads(taken.read_text())
            self.Message(payload, channel=self)  # what the worker will do next
        except Exception:
            logger.exception("Set aside an unreadable message: %s", taken.name)
            taken.rename(self.unreadable / taken.name)
            return None
        taken.unlink()
        return payload

    # Which queues listen to which exchange

    def get_table(self, exchange: str) -> list[exchange_queue_t]:
        try:
            rows = json.loads(self._exchange_file(exchange).read_text())
            return [exchange_queue_t(*row) for row in rows]
        except FileNotFoundError:
            return []
        except (ValueError, TypeError):
            logger.exception("Forgot the unreadable bindings of exchange %r", exchange)
            return []

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        binding = exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with self._exclusive_bindings():
            table = self.get_table(exchange)
            if binding not in table:
                self._write_table(exchange, [binding, *table])

    def _delete(
        self, queue: str, exchange: str, routing_key: str, pattern: str, *args: Any, **kwargs: Any
    ) -> None:
        self._purge(queue)
        binding = exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with self._exclusive_bindings():
            table = self.get_table(exchange)
            if binding in table:
                self._write_table(exchange, [row for row in table if row != binding])

    def _write_table(self, exchange: str, table: list[exchange_queue_t]) -> None:
        write_atomically(self._exchange_file(exchange), json.dumps(table))

    @contextmanager
    def _exclusive_bindings(self) -> Iterator[None]:
        with (self.exchanges / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # freed when the file is closed
            yield


class Transport(filesystem.Transport):
    Channel = Channel
    driver_name = SCHEME

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        self.state = virtual.BrokerState()  # what was declared on one directory holds only there

    def drain_events(self, connection: Any, timeout: float | None = None) -> Any:
        # A worker looks whether it should stop between two waits, so waits are short.
        return super().drain_events(connection, timeout and min(timeout, LONGEST_WAIT_SECONDS))


def write_atomically(file: Path, text: str) -> None:
    """Let the file appear whole, and stay after a power cut."""
    draft = file.with_name(f"{file.name}.{uuid.uuid4().hex}.part")
    try:
        with draft.open("w") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
