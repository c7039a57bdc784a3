"""Statements that PostgreSQL keeps: read and planned once for each connection, not for each call.

To plan a query of many joins and conditions takes PostgreSQL longer than to run it.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from django.db import NotSupportedError, ProgrammingError, connection
from django.db.backends.utils import CursorWrapper

PLACEHOLDER = re.compile(r"(?<!%)%s")
_directly: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()  # by the driver's connection


@contextmanager
def preparing_cursor() -> Iterator[CursorWrapper]:
    """A cursor whose statements the server keeps, where there is one server for it to keep them.

    Behind a pooler such as PgBouncer the next transaction may be another server process's. After a
    statement that the server refuses, the connection keeps none any more.
    """
    connection.ensure_connection()
    driver = connection.connection
    if driver not in _directly:
        _directly[driver] = _is_direct(driver)
    if not _directly[driver]:
        with connection.cursor() as cursor:
            yield cursor
        return
    with _preparing(driver):
        cursor = connection.cursor()
    try:
        with cursor:
            yield cursor
    except (NotSupportedError, ProgrammingError):
        # What is kept no longer fits: a migration gave a column another type, or somebody else
        # dropped it. It would fail at every judgement until the connection ends.
        _directly[driver] = False
        raise


def with_literals(sql: str, params: Sequence[Any], *, but: Collection[int]) -> str:
    """The statement with values in place of its placeholders, but for those at some positions.

    A plan that is kept knows nothing of a parameter: it could use no partial index by it.
    """
    from psycopg.sql import Literal

    parts = PLACEHOLDER.split(sql)
    written = [
        "%s" if position in but else Literal(value).as_string(connection.connection)
        for position, value in enumerate(params)
    ]
    escaped = [one if one == "%s" else one.replace("%", "%%") for one in written]
    return "".join(part for pair in zip(parts, [*escaped, ""], strict=True) for part in pair)


def _is_direct(driver: Any) -> bool:
    """Whether the process that answers is the one that took the connection."""
    with connection.wrap_database_errors:
        (answering,) = driver.execute("SELECT pg_backend_pid()").fetchone()
    return bool(answering == driver.info.backend_pid)


@contextmanager
def _preparing(driver: Any) -> Iterator[None]:
    """Let cursors be of the class that sends values apart; the usual class prepares nothing."""
    usual = driver.cursor_factory
    driver.cursor_factory, driver.prepare_threshold = _preparing_class(), 0
    try:
        yield
    finally:
        driver.cursor_factory = usual


@cache
def _preparing_class() -> type[Any]:
    """Made where PostgreSQL is used: on SQLite its driver need not be loaded."""
    from django.db.backends.postgresql.base import ServerBindingCursor

    class PreparingCursor(ServerBindingCursor):
        def _send_query_prepared(self, name: bytes, pgq: Any, **options: Any) -> None:
            self._query = pgq  # where Django looks for what was run, to log it
            super()._send_query_prepared(name, pgq, **options)  # type: ignore[misc]  # the driver's

    return PreparingCursor
