"""Lines of CSV that a spreadsheet opens without running anything, and that come back as they were.

A text that a spreadsheet would take for a formula gets an apostrophe before it, which our own
import takes off again; a structure is a cell of JSON.
"""

import csv
import io
from collections.abc import Iterable
from typing import Any

from alignment_core.canonical import canonical_json
from alignment_core.formats.own_values import guarded


def csv_line(cells: Iterable[Any]) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow([_cell(cell) for cell in cells])
    return line.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | float):
        return repr(value)
    return guarded(value if isinstance(value, str) else canonical_json(value))
