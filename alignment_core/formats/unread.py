"""The columns of a file that nothing reads, found out by watching what is asked of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from alignment_core.formats.known import Format
from alignment_core.formats.row_errors import RowError


class _Watched(Mapping[str, Any]):
    """A row that notes what is asked of it."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.row = row
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        return self.row[name]

    def __contains__(self, name: object) -> bool:
        if isinstance(name, str):
            self.asked.add(name)
        return name in self.row

    def __iter__(self) -> Iterator[str]:
        return iter(self.row)

    def __len__(self) -> int:
        return len(self.row)


def unread_columns(entry: Format, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The columns with something in them that no row was asked for, in the order of the file.

    Rows that cannot be read say nothing.
    """
    asked: set[str] = set()
    filled: dict[str, None] = {}
    for row in rows:
        watched = _Watched(row)
        try:
            entry.read(watched)
        except RowError:
            continue
        asked |= watched.asked
        filled |= dict.fromkeys(name for name, value in row.items() if value not in (None, ""))
    return [name for name in filled if name not in asked]
