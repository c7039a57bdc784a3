"""Measurements in processes of their own, with a data directory and a database of their own."""

import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit


def in_a_fresh_process(program: str, plan: dict) -> dict:
    """Run `program --run PLAN` on an empty database of `plan["database"]`; its last line."""
    with fresh_database(plan["database"]) as environment:
        return in_a_process(program, plan, environment)


@contextmanager
def fresh_database(database: str) -> Iterator[dict[str, str]]:
    """The environment of processes that share a data directory and a database of their own."""
    with tempfile.TemporaryDirectory(prefix="accord-bench-") as directory:
        (Path(directory) / "static").mkdir()  # as if collected; no page is asked for
        environment = {**os.environ, "ACCORD_DATA_DIR": directory, "ACCORD_LOG_LEVEL": "ERROR"}
        environment.pop("DATABASE_URL", None)
        if database == "postgres":
            environment["DATABASE_URL"] = fresh_postgres_database()
        yield environment


def in_a_process(program: str, plan: dict, environment: dict[str, str]) -> dict:
    """Run `program --run PLAN` there; its last line."""
    command = [sys.executable, program, "--run", json.dumps(plan)]
    process = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(process.stdout.splitlines()[-1])


def fresh_postgres_database() -> str:
    import psycopg

    url = os.environ.get("ACCORD_POSTGRES_URL")
    if not url:
        sys.exit("PostgreSQL is not there: run this by script/bench, with PostgreSQL installed.")
    name = f"bench_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def set_up_django(*, has_tables: bool = False) -> None:
    """Settings from the environment, and a database with its tables."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    if has_tables:  # to look for migrations would hold up everybody who writes
        return
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def answer_pages_here() -> None:
    """For a test client: its host is known, and files of the pages need not have been collected."""
    from django.conf import settings
    from django.test.utils import override_settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    override_settings(
        ALLOWED_HOSTS=["testserver"], STORAGES={**settings.STORAGES, "staticfiles": plain}
    ).enable()
