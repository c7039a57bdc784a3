"""A migrated SQLite database, kept for the next tests: to migrate takes longer than most of them.

It lies in the checkout's `var`, under a name that says which migrations have made it.
"""

import hashlib
import os
import shutil
import sqlite3
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import django
from django.apps import apps

FOLDER = Path(__file__).resolve().parent.parent / "var" / "tests"


def put(name: Path) -> bool:
    """Put the kept database where the tests expect theirs; whether there was one."""
    with suppress(FileNotFoundError):
        shutil.copy(_kept(), name)
        return True
    return False


def keep(connection: Any) -> None:
    """Keep this database, as the last one."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.sqlite3"):
        old.unlink(missing_ok=True)
    unfinished = FOLDER / f"{os.getpid()}.part"
    copy = sqlite3.connect(unfinished)
    connection.connection.backup(copy)
    copy.close()
    unfinished.replace(_kept())


def _kept() -> Path:
    digest = hashlib.sha256(django.__version__.encode())
    for app in apps.get_app_configs():
        with suppress(ModuleNotFoundError):
            folder = Path(import_module(f"{app.name}.migrations").__path__[0])
            for file in sorted(folder.glob("*.py")):
                digest.update(file.read_bytes())
    return FOLDER / f"migrated-{digest.hexdigest()[:16]}.sqlite3"
