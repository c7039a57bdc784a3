"""Rows that say once more what an earlier one said: found without holding them in memory."""

import hashlib
import sqlite3
from collections.abc import Mapping
from typing import Any

from alignment_core.canonical import canonical_json


class Seen:
    """What was there already, in a database of its own that spills to disk and goes when closed."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("", isolation_level=None)
        self._rows.execute("PRAGMA journal_mode = OFF")
        self._rows.execute("CREATE TABLE seen (digest BLOB PRIMARY KEY) WITHOUT ROWID")

    def __enter__(self) -> "Seen":
        return self

    def __exit__(self, *_error: object) -> None:
        self._rows.close()

    def add(self, said: Mapping[str, Any]) -> bool:
        """Note what a row says; whether an earlier one said it."""
        digest = hashlib.sha256(canonical_json(said).encode()).digest()
        done = self._rows.execute("INSERT OR IGNORE INTO seen VALUES (?)", [digest])
        return done.rowcount == 0
