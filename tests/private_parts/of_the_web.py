"""Checks that Django, kombu, drf-spectacular and SQLite do what the web side relies on."""

import inspect
import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import connection
from django.db.models import F
from drf_spectacular.openapi import AutoSchema
from kombu import Connection
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from annotate.agreement.judgement_columns import EpochSeconds
from annotate.database.prepared_query import PreparedQuery
from annotate.models import Comparison, Project
from config import broker
from config.sqlite.base import DatabaseWrapper
from tests.factories import make_comparison, make_project


def compiler_of_querysets() -> None:
    comparison = make_comparison(make_project())

    def make(pk: int) -> Any:
        return Comparison.objects.filter(pk=pk).select_related("prompt", "project")

    found = PreparedQuery(make).first(pk=comparison.pk)
    assert found == comparison
    assert found.prompt == comparison.prompt
    assert {"prompt", "project"} <= found._state.fields_cache.keys()


def bodies_of_responses() -> None:
    bodies = inspect.signature(AutoSchema._get_response_bodies).parameters
    code = inspect.signature(AutoSchema._get_response_for_code).parameters
    whole = inspect.signature(AutoSchema._map_basic_serializer).parameters
    assert [*whole] == ["self", "serializer", "direction"]
    assert [*bodies] == ["self", "direction"]
    assert [*code] == ["self", "serializer", "status_code", "media_types", "direction"]


def sql_of_one_function_for_one_database() -> None:
    project = make_project()
    (found,) = Project.objects.annotate(s=EpochSeconds(F("created_at"))).values_list("s", flat=True)
    assert abs(found - project.created_at.timestamp()) < 0.01


def body_that_a_request_has_read() -> None:
    sent = APIRequestFactory().post("/", {"key": 1}, format="json")
    request = Request(sent, parsers=[JSONParser()])
    assert not isinstance(request._full_data, dict)  # as long as nobody asked for the body
    assert request.data == {"key": 1}
    assert request._full_data == {"key": 1}


def hooks_of_the_file_transport() -> None:
    with TemporaryDirectory() as directory:
        options = broker.transport_options(Path(directory))
        with Connection(f"{broker.SCHEME}://", transport_options=options) as client:
            queue = client.SimpleQueue("canary")
            queue.put({"number": 1})
            (file,) = (Path(directory) / "messages").iterdir()
            assert file.name.endswith(".canary.msg")
            message = queue.get(timeout=5)
            assert message.payload == {"number": 1}
            message.ack()
            assert broker.Channel.get_table(queue.channel, "canary")
            queue.put({"number": 2})
            assert queue.clear() == 1
            queue.close()
        assert not [*(Path(directory) / "messages").iterdir()]


def ends_of_transactions() -> None:
    with TemporaryDirectory() as directory:
        wrapper = DatabaseWrapper(_sqlite_settings(Path(directory) / "canary.sqlite3"), "canary")
        for end in (wrapper.commit, wrapper.rollback, wrapper.close):
            wrapper.ensure_connection()
            wrapper.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
            assert wrapper.is_write_lock_held
            end()
            assert not wrapper.is_write_lock_held
            wrapper.close()
            wrapper.connection = None


def _sqlite_settings(path: Path) -> dict[str, Any]:
    return {
        **connection.settings_dict,
        "ENGINE": "config.sqlite",
        "NAME": path,
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;",
        },
    }


def sequence_of_sqlite() -> None:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE a (id integer PRIMARY KEY AUTOINCREMENT)")
    last = "SELECT seq FROM sqlite_sequence WHERE name = 'a'"
    assert database.execute(last).fetchone() is None  # as long as there was no row
    database.execute("INSERT INTO a VALUES (7)")
    database.execute("DELETE FROM a")
    assert database.execute(last).fetchone() == (7,)  # a key given by hand counts, for ever
    database.close()
