"""Rows out of Parquet files and Excel workbooks, by the packages that read them."""

from __future__ import annotations

import datetime
import importlib
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from alignment_core.formats.checks import FileError
from alignment_core.formats.csv_rows import header_of, named
from alignment_core.formats.json_rows import Row
from alignment_core.formats.unpacking import MOST_AT_LEAST, MOST_TIMES, Bytes

PARQUET_ROWS = 256  # in memory at a time


def _package(name: str, package: str, kind: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise FileError(
            "%(kind)s needs the package %(package)s, which is not installed. Install it, or save "
            "the file as JSON Lines.",
            {"kind": kind, "package": package},
        ) from error


def read_parquet(file: Bytes) -> Iterator[Row]:
    """The rows of a Parquet file.

    Raises: FileError where no package reads it, or two columns have one name.
    """
    parquet = _package("pyarrow.parquet", "pyarrow", "Parquet").ParquetFile(file)
    header_of(parquet.schema_arrow.names)
    return enumerate(_rows_of(parquet), start=1)


def _rows_of(parquet: Any) -> Iterator[Mapping[str, Any]]:
    for batch in parquet.iter_batches(batch_size=PARQUET_ROWS):
        yield from batch.to_pylist()


def read_workbook(file: Bytes) -> Iterator[Row]:
    """The rows of the only sheet with anything in it; the row with the header counts as well.

    Raises: FileError where no package reads it, it unpacks to too much, or it has more sheets.
    """
    openpyxl = _package("openpyxl", "openpyxl", "Excel")
    _refuse_bomb(file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and pictures, which are not read
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheets = [sheet for sheet in book.worksheets if _has_cells(sheet)]
    if len(sheets) != 1:
        raise FileError(
            "This workbook has %(n)d sheets with cells in them: %(names)s. Keep the one that is "
            "to be imported.",
            {"n": len(sheets), "names": ", ".join(sheet.title for sheet in sheets)[:200] or "–"},
        )
    return _rows_of_sheet(sheets[0].iter_rows(values_only=True))


def _refuse_bomb(file: Bytes) -> None:
    size = file.seek(0, 2)
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    file.seek(0)
    if unpacked > max(MOST_AT_LEAST, MOST_TIMES * size):
        raise FileError("This workbook unpacks to more than a workbook of its size can hold.")


def _has_cells(sheet: Any) -> bool:
    sheet.reset_dimensions()  # what the file claims of its size is not believed
    return any(any(cell is not None for cell in row) for row in sheet.iter_rows(values_only=True))


def _rows_of_sheet(rows: Iterable[tuple[Any, ...]]) -> Iterator[Row]:
    numbered = ((number, _cells(row)) for number, row in enumerate(rows, start=1))
    filled = ((number, cells) for number, cells in numbered if cells)
    header = header_of(next(filled)[1])
    return ((number, named(header, cells)) for number, cells in filled)


def _cells(row: tuple[Any, ...]) -> list[str]:
    """The cells as texts, without the empty ones at the end."""
    cells = [_text(cell) for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _text(cell: object) -> str:
    """A cell as a person reads it: a spreadsheet keeps 4 as 4.0."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, (datetime.date, datetime.time)) else str(cell)
