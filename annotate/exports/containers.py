"""How rows become a file: JSON Lines, a JSON array, CSV or Parquet, a few rows in memory at a time.

A container takes rows and writes them to an open file; it says how many there were.
"""

import importlib
import importlib.util
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO, Any

from django.utils.translation import gettext as _

from alignment_core.canonical import canonical_json
from annotate.errors import InvalidInput
from annotate.exports.csv_lines import csv_line
from annotate.exports.row_columns import Column, Holds

Row = Mapping[str, Any]
Write = Callable[[IO[bytes], Sequence[Column], Iterable[Row]], int]
GROUP = 1000  # rows of Parquet in memory at a time


@dataclass(frozen=True)
class Container:
    """`is_table`: its cells hold plain values, so what is nested is flattened before."""

    name: str
    label: str
    extension: str
    media_type: str
    write: Write
    is_table: bool = False


def write_json_lines(file: IO[bytes], _columns: Sequence[Column], rows: Iterable[Row]) -> int:
    n_rows = 0
    for row in rows:
        file.write(canonical_json(row).encode() + b"\n")
        n_rows += 1
    return n_rows


def write_json_array(file: IO[bytes], _columns: Sequence[Column], rows: Iterable[Row]) -> int:
    n_rows = 0
    for row in rows:
        file.write((b",\n" if n_rows else b"[\n") + canonical_json(row).encode())
        n_rows += 1
    file.write(b"\n]\n" if n_rows else b"[]\n")
    return n_rows


def write_csv(file: IO[bytes], columns: Sequence[Column], rows: Iterable[Row]) -> int:
    """For spreadsheets: no cell is run, and our own import reads each as it was."""
    file.write(csv_line(column.name for column in columns))
    n_rows = 0
    for row in rows:
        file.write(csv_line(row[column.name] for column in columns))
        n_rows += 1
    return n_rows


def write_parquet(file: IO[bytes], columns: Sequence[Column], rows: Iterable[Row]) -> int:
    """Raises: InvalidInput where pyarrow is not installed."""
    require_parquet()
    arrow, parquet = (importlib.import_module(name) for name in ("pyarrow", "pyarrow.parquet"))
    schema = arrow.schema([(column.name, _arrow_type(arrow, column)) for column in columns])
    n_rows = 0
    with parquet.ParquetWriter(file, schema) as writer:
        for group in _groups(rows):
            plain = [
                {column.name: _arrow_value(row[column.name], column) for column in columns}
                for row in group
            ]
            writer.write_table(arrow.Table.from_pylist(plain, schema=schema))
            n_rows += len(group)
    return n_rows


def require_parquet() -> None:
    """Raises: InvalidInput where pyarrow is not installed."""
    if importlib.util.find_spec("pyarrow") is None:
        raise InvalidInput(
            _(
                "Parquet needs the package pyarrow, which is not installed here. Choose JSON "
                "Lines, or have it installed."
            ),
            field="format",
        )


def _groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    for first in left:
        yield list(chain([first], islice(left, GROUP - 1)))


def _arrow_type(arrow: Any, column: Column) -> Any:
    text = arrow.string()
    types = {
        Holds.WHOLE: arrow.int64(),
        Holds.NUMBER: arrow.float64(),
        Holds.TRUTH: arrow.bool_(),
        Holds.MESSAGES: arrow.list_(arrow.struct([("role", text), ("content", text)])),
        Holds.TEXTS: arrow.list_(text),
    }
    return types.get(column.holds, text)


def _arrow_value(value: Any, column: Column) -> Any:
    if column.holds == Holds.OBJECT and value is not None and not isinstance(value, str):
        return canonical_json(value)
    return value


JSON_LINES = Container("jsonl", "JSON Lines", "jsonl", "application/jsonlines", write_json_lines)
JSON_ARRAY = Container("json", "JSON", "json", "application/json", write_json_array)
CSV = Container("csv", "CSV", "csv", "text/csv", write_csv, is_table=True)
PARQUET = Container(
    "parquet",
    "Parquet",
    "parquet",
    "application/x-parquet",  # as readers of cards know it
    write_parquet,
    is_table=True,
)
