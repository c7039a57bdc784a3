"""Inserts of many rows without Django's compiler, which costs several times what they cost."""

from collections.abc import Sequence
from operator import attrgetter
from typing import TypeVar

from django.db import connections
from django.db.models import AutoField, Field, JSONField, Model, UUIDField

Row = TypeVar("Row", bound=Model)
MOST_PARAMETERS = 30_000  # of one statement; both databases take more


def insert(rows: Sequence[Row]) -> Sequence[Row]:
    """Insert unsaved rows of one model as `bulk_create` does, and set their primary keys.

    Values must be plain and in the field's type. What the database fills in by itself
    (`db_default`, generated columns) stays out of the statement, and unknown to the instances.
    """
    if not rows:
        return rows
    fields = [field for field in rows[0]._meta.concrete_fields if _is_given(field)]
    most = MOST_PARAMETERS // len(fields)
    for start in range(0, len(rows), most):
        _insert(rows[start : start + most], fields)
    return rows


def _is_given(field: Field) -> bool:
    return not (field.generated or field.has_db_default() or isinstance(field, AutoField))


def _insert(rows: Sequence[Row], fields: Sequence[Field]) -> None:
    meta = rows[0]._meta
    connection = connections["default"]
    quote = connection.ops.quote_name
    values_of = attrgetter(*(field.attname for field in fields))
    adapted = [
        (place, field.get_db_prep_save)
        for place, field in enumerate(fields)
        if isinstance(field, JSONField | UUIDField)
    ]
    parameters: list[object] = []
    for row in rows:
        values = list(values_of(row))
        for place, adapt in adapted:
            values[place] = adapt(values[place], connection)
        parameters += values
    one = f"({', '.join(['%s'] * len(fields))})"
    table, key = quote(meta.db_table), quote(meta.pk.column)
    columns = ", ".join(quote(field.column) for field in fields)
    statement = [f"INSERT INTO {table} ({columns}) VALUES", ", ".join([one] * len(rows))]
    with connection.cursor() as cursor:
        cursor.execute(" ".join([*statement, "RETURNING", key]), parameters)
        keys = cursor.fetchall()
    for row, (number,) in zip(rows, keys, strict=True):
        row.pk = number
        row._state.adding = False
        row._state.db = connection.alias
