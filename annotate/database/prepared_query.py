"""Queries whose SQL is built once: on the way of every judgement, building it costs more than
running it.

A `PreparedQuery` takes a function that makes a queryset from values, such as ids. For each
connection it has the queryset compiled once, notes where in the parameters each value stands, and
afterwards only puts new values there. The function must make the same SQL whatever the values:
none of them may be None. PostgreSQL keeps the statement, too, with all that never changes written
out in it.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import local
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

from annotate.database.server_prepared import preparing_cursor, with_literals

Row = TypeVar("Row", bound=Model)
POPULATORS: Callable[..., Any] = get_related_populators  # the stubs know those of Django 6 only


class PreparedQuery(Generic[Row]):
    def __init__(self, make: Callable[..., QuerySet[Row]]) -> None:
        self._make = make
        self._plans = local()  # each thread has a connection of its own

    def first(self, **values: Any) -> Row | None:
        """The first row, as `make(**values).first()` would give it, but for its annotations."""
        found = self.first_annotated(**values)
        return None if found is None else found[0]

    def first_annotated(self, **values: Any) -> tuple[Row, dict[str, Any]] | None:
        """The first row, and beside it, by name, what the queryset annotates.

        Annotations do not become attributes of the row: no type checker would know of them, and
        a row that came by another way would lack them.
        """
        plan = getattr(self._plans, connection.vendor, None)
        if plan is None:
            plan = _plan(self._make, values)
            setattr(self._plans, connection.vendor, plan)
        if plan.is_locking and not connection.in_atomic_block:
            raise TransactionManagementError("Rows are locked inside a transaction only.")
        with plan.cursor() as cursor:
            cursor.execute(plan.sql, plan.with_values(values))
            row = cursor.fetchone()
        return None if row is None else plan.parted(row)


@dataclass(frozen=True, slots=True)
class _Plan:
    sql: str
    params: tuple[Any, ...]
    slots: Mapping[str, tuple[int, ...]]  # where each value stands in the parameters
    is_locking: bool
    compiler: SQLCompiler
    converters: dict[int, Any]
    field_names: tuple[str, ...]
    first_column: int
    populators: tuple[Any, ...]
    cursor: Callable[[], AbstractContextManager[CursorWrapper]]

    def with_values(self, values: Mapping[str, Any]) -> list[Any]:
        params = list(self.params)
        for name, value in values.items():
            for position in self.slots[name]:
                params[position] = _as_parameter(value)
        return params

    def parted(self, row: tuple[Any, ...]) -> tuple[Any, dict[str, Any]]:
        """The row as a model instance with its related rows, as `ModelIterable` makes it.

        Beside it the annotations, by name.
        """
        if self.converters:
            row = tuple(next(iter(self.compiler.apply_converters([row], self.converters))))
        columns = row[self.first_column : self.first_column + len(self.field_names)]
        model = self.compiler.klass_info["model"]
        instance = model.from_db(self.compiler.using, self.field_names, columns)
        for populator in self.populators:
            populator.populate(row, instance)
        positions = self.compiler.annotation_col_map or {}
        return instance, {name: row[column] for name, column in positions.items()}


def _plan(make: Callable[..., QuerySet[Any]], values: Mapping[str, Any]) -> _Plan:
    compiler, sql, params = _compiled(make, values)
    slots = {}
    for name, value in values.items():
        # Compiled again with this one value changed: where the parameters differ, it stands.
        _compiler, other_sql, others = _compiled(make, {**values, name: _different(value)})
        if other_sql != sql:
            raise ValueError(f"{name}={value!r} changes the SQL, so it cannot be prepared")
        slots[name] = tuple(at for at, param in enumerate(params) if others[at] != param)
    cursor: Callable[[], AbstractContextManager[CursorWrapper]] = connection.cursor
    if connection.vendor == "postgresql":
        kept = sorted(at for positions in slots.values() for at in positions)
        sql, params = with_literals(sql, params, but=kept), tuple(params[at] for at in kept)
        slots = {name: tuple(map(kept.index, positions)) for name, positions in slots.items()}
        cursor = preparing_cursor
    info, select = compiler.klass_info, compiler.select
    columns = info["select_fields"]
    return _Plan(
        sql=sql,
        params=params,
        slots=slots,
        is_locking=compiler.query.select_for_update,
        compiler=compiler,
        converters=compiler.get_converters([column[0] for column in select]),
        field_names=tuple(
            column[0].target.attname for column in select[columns[0] : columns[-1] + 1]
        ),
        first_column=columns[0],
        populators=tuple(POPULATORS(info, select, compiler.using)),
        cursor=cursor,
    )


def _compiled(
    make: Callable[..., QuerySet[Any]], values: Mapping[str, Any]
) -> tuple[SQLCompiler, str, tuple[Any, ...]]:
    queryset = make(**values)
    if not queryset.ordered:
        queryset = queryset.order_by("pk")
    compiler = queryset[:1].query.get_compiler(using=connection.alias)  # rows know it, too
    sql, params = compiler.as_sql()
    return compiler, sql, tuple(params)


def _different(value: Any) -> Any:
    """Another value of the same type."""
    if isinstance(value, UUID):
        return uuid4()
    return value + 1 if isinstance(value, int) else f"{value}?"


def _as_parameter(value: Any) -> Any:
    """The value as the database's driver takes it."""
    if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    return value
