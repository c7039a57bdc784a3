"""One consistent view of the database for long reads: a snapshot, an export, a report."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

MODE = "transaction_mode"  # SQLite's alone


@contextmanager
def consistent_read() -> Iterator[None]:
    """Read everything inside as of one instant, without holding up anyone who writes.

    It must be the outermost transaction, and nothing may be written inside it, on either database.
    """
    if connection.in_atomic_block:  # a test's transaction, else `durable` raises
        with transaction.atomic(durable=True):
            yield
    elif connection.vendor == "sqlite":
        with _sqlite_read():
            yield
    else:
        with transaction.atomic(durable=True):
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield


@contextmanager
def _sqlite_read() -> Iterator[None]:
    connection.ensure_connection()
    usual_mode = getattr(connection, MODE)
    setattr(connection, MODE, "DEFERRED")
    connection.connection.execute("PRAGMA query_only = ON")
    try:
        with transaction.atomic(durable=True):
            yield
    finally:
        setattr(connection, MODE, usual_mode)
        if connection.connection is not None:
            connection.connection.execute("PRAGMA query_only = OFF")
