"""How much of a file is held at once, and what is said of a part that is more than that."""

from __future__ import annotations

from alignment_core.formats.checks import RowError

MAX_ROW_BYTES = 16 * 2**20  # far above any conversation, far below what memory holds
BLOCK_BYTES = 2**16
MOST_DEEP = 500  # brackets of a row that are open at once, far above any conversation


def too_long(value: str) -> RowError:
    return RowError("", value, "This row is longer than %(n)d MiB.", {"n": MAX_ROW_BYTES // 2**20})
