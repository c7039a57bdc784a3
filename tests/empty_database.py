"""An empty database for a while, where a migration is tried without undoing those after it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

NAME = "accord_empty"


@contextmanager
def empty_database(folder: Path) -> Iterator[None]:
    """The default connection leads to it; for tests that are in no transaction."""
    own = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        lead_to(str(folder / "empty.sqlite3"))
    else:
        _postgresql(f"DROP DATABASE IF EXISTS {NAME}", f"CREATE DATABASE {NAME}")
        lead_to(NAME)
    try:
        yield
    finally:
        lead_to(own)
        if connection.vendor != "sqlite":
            _postgresql(f"DROP DATABASE {NAME} WITH (FORCE)")


def lead_to(name: str) -> None:
    connection.close()
    if hasattr(connection, "close_pool"):
        connection.close_pool()
    connection.settings_dict["NAME"] = name


def _postgresql(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
