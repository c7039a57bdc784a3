"""SQLite for one web process with many threads.

SQLite lets one connection write at a time, and lets those who wait poll: under load one thread
writes a hundred times while another waits for seconds. Here the threads of a process queue for
the right to write, in order, before they ask SQLite for it. Other processes write rarely and
briefly, so SQLite's own waiting is good enough between processes.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

from config.sqlite.fair_lock import FairLock

WRITING = ("INSERT", "UPDATE", "DELETE", "REPLACE")
SYNCHRONOUS_FULL = 2

write_locks: defaultdict[str, FairLock] = defaultdict(FairLock)  # one for each database file


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that holds its process's write lock while it is in a write transaction."""

    transaction_mode: str | None  # set by Django from the options

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_write_lock_held = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        refuse_unsafe_settings(connection, transaction_mode=self.transaction_mode)
        return connection

    def create_cursor(self, name: str | None = None) -> "QueueingCursor":
        cursor: QueueingCursor = self.connection.cursor(factory=QueueingCursor)
        cursor.wrapper = self
        return cursor

    def acquire_write_lock(self) -> None:
        lock = write_locks[str(self.settings_dict["NAME"])]
        if not lock.acquire(timeout_seconds=self.settings_dict["OPTIONS"].get("timeout", 5)):
            raise OperationalError("database is locked by another thread")
        self.is_write_lock_held = True

    def release_write_lock(self) -> None:
        if self.is_write_lock_held:
            self.is_write_lock_held = False
            write_locks[str(self.settings_dict["NAME"])].release()

    # Where Django begins and ends a transaction:

    def _start_transaction_under_autocommit(self) -> None:
        if self.transaction_mode == "DEFERRED":  # only `consistent_read` asks for that
            super()._start_transaction_under_autocommit()
            return
        self.acquire_write_lock()
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self.release_write_lock()
            raise

    def _commit(self) -> None:
        super()._commit()  # if this fails, Django rolls back next, and the lock goes then
        self.release_write_lock()

    def _rollback(self) -> None:
        try:
            super()._rollback()
        finally:
            self.release_write_lock()

    def _close(self) -> None:
        try:
            super()._close()
        finally:
            self.release_write_lock()


class QueueingCursor(base.SQLiteCursorWrapper):
    """Takes the write lock round a single statement that writes outside a transaction."""

    wrapper: DatabaseWrapper

    def execute(self, query: str, params: Any = None) -> Any:
        with self._turn(query):
            return super().execute(query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        with self._turn(query):
            return super().executemany(query, param_list)

    @contextmanager
    def _turn(self, query: str) -> Iterator[None]:
        if self.connection.in_transaction or not query.lstrip()[:7].upper().startswith(WRITING):
            yield
            return
        self.wrapper.acquire_write_lock()
        try:
            yield
        finally:
            self.wrapper.release_write_lock()


def refuse_unsafe_settings(connection: Any, *, transaction_mode: str | None) -> None:
    """Stop a start on settings that lose judgements or answer "database is locked" under load."""
    found = {
        "transaction_mode": transaction_mode,
        "journal_mode": connection.execute("PRAGMA journal_mode").fetchone()[0],
        "synchronous": connection.execute("PRAGMA synchronous").fetchone()[0],
        "foreign_keys": connection.execute("PRAGMA foreign_keys").fetchone()[0],
    }
    wanted = {
        "transaction_mode": "IMMEDIATE",
        "journal_mode": "wal",
        "synchronous": SYNCHRONOUS_FULL,
        "foreign_keys": 1,
    }
    wrong = [
        f"{name} is {found[name]}, not {wanted[name]}"
        for name in wanted
        if found[name] != wanted[name]
    ]
    if wrong:
        connection.close()
        raise ImproperlyConfigured(
            f"SQLite is set up unsafely: {'; '.join(wrong)}. "
            "A network disk cannot hold the database: use a local one, or PostgreSQL."
        )
