"""A migrated database, kept for the next tests: to migrate takes longer than most of them.

It lies in the checkout's `var`, under a name that says which migrations have made it: a file of
SQLite, or what `pg_dump` wrote.
"""

import hashlib
import os
import shutil
import sqlite3
import subprocess
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import django
from django.apps import apps
from django.db import connection

FOLDER = Path(__file__).resolve().parent.parent / "var" / "tests"


def put() -> bool:
    """Put the kept database where the tests expect theirs; whether there was one."""
    with suppress(FileNotFoundError):
        if connection.vendor == "sqlite":
            shutil.copy(_kept(), connection.settings_dict["TEST"]["NAME"])
            return True
        name = f"test_{connection.settings_dict['NAME']}"
        return _kept().exists() and all(
            _postgresql(*command)
            for command in (
                ("createdb", name),
                ("psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", name, "-f", _kept()),
            )
        )
    return False


def keep() -> None:
    """Keep the database of the tests, migrated and empty, as the last one of its kind."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    unfinished = FOLDER / f"{os.getpid()}.part"
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        copy = sqlite3.connect(unfinished)
        connection.connection.backup(copy)
        copy.close()
    elif not _postgresql("pg_dump", "-d", connection.settings_dict["NAME"], "-f", unfinished):
        return
    for old in FOLDER.glob(f"{connection.vendor}-*"):
        old.unlink(missing_ok=True)
    unfinished.replace(_kept())


def _postgresql(program: str, *arguments: object) -> bool:
    """Whether one of its programs is there and did what it was asked."""
    database = connection.settings_dict
    command = [program, "-h", database["HOST"], "-U", database["USER"], *arguments]
    with suppress(FileNotFoundError):
        done = subprocess.run([*map(str, command)], check=False, capture_output=True)
        return done.returncode == 0
    return False


def _kept() -> Path:
    digest = hashlib.sha256(django.__version__.encode())
    for app in apps.get_app_configs():
        with suppress(ModuleNotFoundError):
            folder = Path(import_module(f"{app.name}.migrations").__path__[0])
            for file in sorted(folder.glob("*.py")):
                digest.update(file.read_bytes())
    return FOLDER / f"{connection.vendor}-{digest.hexdigest()[:16]}"
