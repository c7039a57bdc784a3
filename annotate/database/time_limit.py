"""Reads that are cut short: a question that takes too long is given up, and holds nobody up."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from django.db import OperationalError, connection, transaction

INSTRUCTIONS = 20_000  # of SQLite's machine between two looks at the clock: a millisecond or less


class TookTooLong(Exception):
    """A read inside `time_limit` went on for longer than that."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Bound each statement inside, which must only read. Raises: TookTooLong."""
    limited = _limited_sqlite if connection.vendor == "sqlite" else _limited_postgresql
    with limited(seconds):
        yield


@contextmanager
def _limited_sqlite(seconds: float) -> Iterator[None]:
    """By no transaction: on SQLite that would take the one right to write."""
    connection.ensure_connection()
    driver = connection.connection
    ends = monotonic() + seconds
    driver.set_progress_handler(lambda: monotonic() > ends, INSTRUCTIONS)
    try:
        yield
    except OperationalError as error:
        if "interrupted" not in str(error):
            raise
        raise TookTooLong from error
    finally:
        driver.set_progress_handler(None, 0)


@contextmanager
def _limited_postgresql(seconds: float) -> Iterator[None]:
    from psycopg.errors import QueryCanceled

    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout')")
            (usual,) = cursor.fetchone()
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, true)", [f"{round(seconds * 1000)}ms"]
            )
            yield
            # else it would go on for the rest of a transaction around this one
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [usual])
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        raise TookTooLong from error
