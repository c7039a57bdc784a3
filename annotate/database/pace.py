"""How much long work writes at once, so that nobody who judges waits for it.

PostgreSQL lets others write beside it. On SQLite whoever else writes waits for the transaction's
end, and looks again after some milliseconds: by then, perhaps, in the middle of the next one. So
while others write, transactions are short there, and after each comes a rest long enough for
everybody who waits to look again.
"""

import time

from django.db import connection

SHARE_BESIDE_OTHERS = 0.05  # of what is written at once while nobody else writes
REST_SECONDS = 0.025  # SQLite looks again after 15 ms at most while a wait is below 40 ms
REMEMBERED_SECONDS = 15.0
FIRST_SECONDS = 2.0  # in which nobody knows yet whether others write


class Pace:
    """Of one piece of work, which asks between its transactions, in one thread."""

    def __init__(self) -> None:
        self._is_sqlite = connection.vendor == "sqlite"
        self._version = self._data_version()
        self._until = time.monotonic() + (FIRST_SECONDS if self._is_sqlite else 0.0)

    def at_once(self, most: int) -> int:
        """How many rows to write in the next transaction, of `most` where nobody waits for it."""
        return max(1, round(most * SHARE_BESIDE_OTHERS)) if self._are_others_writing() else most

    def rest(self) -> None:
        """Let others write, if any do: to be called after a transaction."""
        if self._are_others_writing():
            time.sleep(REST_SECONDS)

    def _are_others_writing(self) -> bool:
        if not self._is_sqlite:
            return False
        now, version = time.monotonic(), self._data_version()
        if version != self._version:
            self._version, self._until = version, now + REMEMBERED_SECONDS
        return now < self._until

    def _data_version(self) -> int | None:
        """A number that changes whenever another connection has written."""
        if not self._is_sqlite:
            return None
        with connection.cursor() as cursor:
            (version,) = cursor.execute("PRAGMA data_version").fetchone()
        return int(version)
