"""Excel workbooks, as the package writes and reads them."""

import datetime
import io

import pytest

from alignment_core.formats.binary_tables import read_workbook
from alignment_core.formats.checks import FileError

openpyxl = pytest.importorskip("openpyxl")


def workbook(**sheets: list[list[object]]) -> io.BytesIO:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


def test_the_first_row_names_the_columns_and_rows_are_numbered_as_in_the_sheet():
    file = workbook(
        pairs=[["prompt", "chosen", "rejected"], ["问题?", "a", "- b"], [], ["Q2", 4, True]],
        empty=[],
    )
    rows = [(number, dict(row)) for number, row in read_workbook(file)]
    assert rows == [
        (2, {"prompt": "问题?", "chosen": "a", "rejected": "- b"}),
        (4, {"prompt": "Q2", "chosen": "4", "rejected": "true"}),
    ]


def test_a_date_is_told_as_text_and_empty_cells_stay_empty():
    when = datetime.date(2026, 3, 1)
    [(_number, row)] = read_workbook(workbook(one=[["a", "b", "c"], [when, None, "x"]]))
    assert row["a"].startswith("2026-03-01")
    assert (row["b"], row["c"]) == ("", "x")


def test_two_filled_sheets_are_refused_by_their_names():
    file = workbook(one=[["a"], ["1"]], two=[["b"], ["2"]])
    with pytest.raises(FileError) as refused:
        list(read_workbook(file))
    assert "one, two" in str(refused.value)
