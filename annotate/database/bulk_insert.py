"""Many rows at once, without model instances and Django's compiler, which cost far more."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldDoesNotExist
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import AutoField, DateTimeField, Field, JSONField, Model, TextField, UUIDField

ROOM = {"cache_size": -16_000, "wal_autocheckpoint": 8_000}  # KiB; pages
FEWEST_NUMBERED = 20  # for fewer rows, asking for their keys first costs more than it saves

Values = Mapping[str, Any]
if TYPE_CHECKING:  # a field takes no types when the program runs
    AnyField = Field[Any, Any]


def insert(model: type[Model], rows: Sequence[Values]) -> list[int]:
    """Insert rows and return their primary keys, in the same order.

    A row gives values by attribute (`prompt_id`, `text`), plain and in the field's type; all rows
    give the same ones. For the others, each row gets the field's default. What the database fills
    in by itself (generated columns, `db_default` unless it is given) stays out of the statement.

    Raises: FieldDoesNotExist for an attribute that is no column of the model.
    """
    if not rows:
        return []
    connection = connections["default"]  # itself: asking the proxy for it costs, in every value
    fields = [
        field
        for field in model._meta.concrete_fields
        if _is_given(field) or (field.has_db_default() and field.attname in rows[0])
    ]
    if unknown := rows[0].keys() - {field.attname for field in fields}:
        raise FieldDoesNotExist(f"{model.__name__} has no {', '.join(sorted(unknown))}")
    columns = [_column(connection, field, rows) for field in fields]
    lines = list(zip(*columns, strict=True))
    if len(lines) < FEWEST_NUMBERED:
        return _insert(connection, model, fields, lines)
    if connection.vendor == "postgresql":
        return _copy(connection, model, fields, lines)
    return _insert_numbered(connection, model, fields, lines)


@contextmanager
def room_for_many_rows() -> Iterator[None]:
    """Let SQLite hold more of the indexes that are being filled, and empty its log less often.

    Random keys fall on pages all over an index, so each page would be read and written many times.
    """
    connection = connections["default"]
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    usual = {name: _pragma(connection, name) for name in ROOM}
    try:
        for name, value in ROOM.items():
            _pragma(connection, f"{name} = {value}")
        yield
    finally:
        for name, value in usual.items():
            _pragma(connection, f"{name} = {value}")


def _pragma(connection: BaseDatabaseWrapper, text: str) -> Any:
    with connection.cursor() as cursor:
        return (cursor.execute(f"PRAGMA {text}").fetchone() or [None])[0]


def refresh_statistics(models: Iterable[type[Model]]) -> None:
    """Let PostgreSQL's planner know at once that tables have grown.

    By itself it looks a minute later, and until then takes whole tables for a few rows of them.
    """
    connection = connections["default"]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(map(_with_columns_asked_for, models))}")


def _with_columns_asked_for(model: type[Model]) -> str:
    """The table without its texts, which nothing looks for and which take longest to sample."""
    quote = connections["default"].ops.quote_name
    fields = [
        field
        for field in model._meta.concrete_fields
        if not isinstance(field, TextField | JSONField)
    ]
    return f"{quote(model._meta.db_table)} ({', '.join(quote(str(f.column)) for f in fields)})"


def _is_given(field: "AnyField") -> bool:
    return not (field.generated or field.has_db_default() or isinstance(field, AutoField))


def _column(
    connection: BaseDatabaseWrapper, field: "AnyField", rows: Sequence[Values]
) -> list[Any]:
    """The field's value in every row, as the database's driver takes it."""
    if field.attname in rows[0]:
        values = [row[field.attname] for row in rows]
    elif callable(field.default):
        values = [field.get_default() for _row in rows]
    else:
        values = [field.get_default()] * len(rows)
    if isinstance(field, JSONField):
        return [_as_json(value, field.encoder) for value in values]
    if isinstance(field, UUIDField | DateTimeField):
        return [field.get_db_prep_value(value, connection) for value in values]
    return values


def _as_json(value: Any, encoder: type[json.JSONEncoder] | None) -> str | None:
    if value is None:
        return None
    return "[]" if value == [] else json.dumps(value, cls=encoder)


def _insert(
    connection: BaseDatabaseWrapper,
    model: type[Model],
    fields: Sequence["AnyField"],
    lines: Sequence[Sequence[Any]],
) -> list[int]:
    table, key, *columns = _names(connection, model, fields)
    one = f"({', '.join(['%s'] * len(fields))})"
    statement = [f"INSERT INTO {table} ({', '.join(columns)}) VALUES"]
    statement += [", ".join([one] * len(lines)), "RETURNING", key]
    parameters = [value for line in lines for value in line]
    with connection.cursor() as cursor:
        cursor.execute(" ".join(statement), parameters)
        return [number for (number,) in cursor.fetchall()]


def _insert_numbered(
    connection: BaseDatabaseWrapper,
    model: type[Model],
    fields: Sequence["AnyField"],
    lines: Sequence[Sequence[Any]],
) -> list[int]:
    """By one short statement, prepared once and run for each row.

    SQLite lets one transaction write at a time, so the keys are known before: the next ones.
    """
    table, key, *columns = _names(connection, model, fields)
    statement = [f"INSERT INTO {table} ({', '.join([key, *columns])}) VALUES"]
    statement += [f"({', '.join(['%s'] * (1 + len(fields)))})"]
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [model._meta.db_table])
        (last,) = cursor.fetchone() or (0,)
        keys = list(range(last + 1, last + 1 + len(lines)))
        numbered = zip(keys, lines, strict=True)
        cursor.executemany(" ".join(statement), [(number, *line) for number, line in numbered])
    return keys


def _copy(
    connection: BaseDatabaseWrapper,
    model: type[Model],
    fields: Sequence["AnyField"],
    lines: Sequence[Sequence[Any]],
) -> list[int]:
    """By PostgreSQL's COPY, which tells no keys: so they are taken from the sequence before."""
    table, key, *columns = _names(connection, model, fields)
    with connection.cursor() as cursor:
        cursor.execute(  # the sequence is looked up once, not for each number
            "SELECT nextval((SELECT pg_get_serial_sequence(%s, %s)::regclass))"
            " FROM generate_series(1, %s)",
            [table, model._meta.pk.column, len(lines)],
        )
        keys = [number for (number,) in cursor.fetchall()]
        statement = f"COPY {table} ({', '.join([key, *columns])}) FROM STDIN"
        with connection.wrap_database_errors, cursor.copy(statement) as copy:
            for number, line in zip(keys, lines, strict=True):
                copy.write_row((number, *line))
    return keys


def _names(
    connection: BaseDatabaseWrapper, model: type[Model], fields: Iterable["AnyField"]
) -> list[str]:
    """Quoted: the table, its primary key, and the columns of the fields."""
    meta = model._meta
    columns = [field.column for field in (meta.pk, *fields)]
    names = [meta.db_table, *(column for column in columns if column)]
    return [connection.ops.quote_name(name) for name in names]
