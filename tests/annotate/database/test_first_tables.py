"""That a new installation has the tables which every migration in turn would have made."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection

from annotate.database.first_tables import make_first_tables
from annotate.models import User
from tests.factories import make_user

ROOT = Path(__file__).resolve().parents[3]
AT_ONCE = [()]
IN_TURN = [("annotate",), ("training",), ()]  # with a name, migrations are gone through
ROWS = (
    "SELECT app, name FROM django_migrations ORDER BY app, name",
    "SELECT app_label, model FROM django_content_type ORDER BY app_label, model",
    "SELECT codename FROM auth_permission ORDER BY codename",
)
OF_POSTGRESQL = (
    "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable,"
    " column_default, is_identity FROM information_schema.columns WHERE table_schema = 'public'"
    # Django's own migrations and its own model give this key, and it alone, different widths.
    " AND (table_name, column_name) <> ('auth_group_permissions', 'id')",
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
)


def migrate(environment: dict[str, str], commands: list[tuple[str, ...]]) -> None:
    for arguments in commands:
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "-v0", *arguments],
            cwd=ROOT,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", **environment},
            check=True,
            timeout=300,
        )


@pytest.mark.slow
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="about SQLite")
def test_at_once_sqlite_gets_what_it_gets_in_turn(tmp_path):
    found = []
    for name, commands in (("once", AT_ONCE), ("turn", IN_TURN)):
        folder = tmp_path / name
        folder.mkdir()
        migrate({"ACCORD_DATA_DIR": str(folder)}, commands)
        with closing(sqlite3.connect(folder / "accord.sqlite3")) as database:
            tables = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
            schema = {(*row[:2], *parts_of(row[2])) for row in database.execute(tables)}
            found.append((schema, [database.execute(rows).fetchall() for rows in ROWS]))
    assert len(found[0][0]) > 300
    assert found[0][0] ^ found[1][0] == set()
    assert found[0][1] == found[1][1]


def parts_of(sql: str) -> list[str]:
    """What stands between the commas of the outermost brackets, in alphabetical order.

    The order of columns is that of the migrations, and nothing reads it.
    """
    parts, depth, quote = [""], 0, ""
    for letter in sql:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "()":
            depth += 1 if letter == "(" else -1
            if depth == (1 if letter == "(" else 0):
                parts.append("")
                continue
        elif letter == "," and depth == 1:
            parts.append("")
            continue
        parts[-1] += letter
    return sorted(part.strip() for part in parts)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="about PostgreSQL")
def test_at_once_postgresql_gets_what_it_gets_in_turn():
    found = []
    for name, commands in (("once", AT_ONCE), ("turn", IN_TURN)):
        with database_called(f"accord_{name}") as (url, other):
            migrate({"DATABASE_URL": url}, commands)
            with psycopg.connect(**other) as database:
                schema = {row for sql in OF_POSTGRESQL for row in database.execute(sql)}
                found.append((schema, [database.execute(rows).fetchall() for rows in ROWS]))
    assert len(found[0][0]) > 300
    assert found[0][0] ^ found[1][0] == set()
    assert found[0][1] == found[1][1]


def test_a_database_that_holds_anything_is_left_as_it_is(db):
    before = connection.introspection.table_names()
    assert not make_first_tables(connection)
    assert connection.introspection.table_names() == before


@pytest.mark.django_db(transaction=True)
def test_whoever_comes_second_leaves_the_tables_of_the_first(monkeypatch):
    """It saw an empty database, and another process was quicker."""
    names = connection.introspection.table_names
    seen = iter([[]])
    monkeypatch.setattr(connection.introspection, "table_names", lambda *_: next(seen, names()))
    make_user(username="first")
    assert not make_first_tables(connection)
    assert User.objects.filter(username="first").exists()


@pytest.mark.django_db(transaction=True)
def test_what_else_is_wrong_is_said_and_nothing_is_made(monkeypatch):
    monkeypatch.setattr(connection.introspection, "table_names", lambda *_: ())
    with pytest.raises(DatabaseError, match="already exists"):
        make_first_tables(connection)


@contextmanager
def database_called(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """An empty one beside that of the tests: its address, and how psycopg comes to it."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name}")
    try:
        own = connection.settings_dict
        server = {"host": own["HOST"], "port": own["PORT"] or None, "user": own["USER"]}
        url = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"
        yield url, {**server, "password": own["PASSWORD"] or None, "dbname": name}
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
