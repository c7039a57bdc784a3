#!/usr/bin/env python3
"""Writes docs/formats-table.md: every format that is read and written, from their declarations.

    python script/formats_table.py [--check]

`--check` writes nothing: exit code 1 says that the page is not what comes out.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
PAGE = ROOT / "docs" / "formats-table.md"
BEFORE = """# Every format, in and out

What [files in, files out](formats.md) says in words, as the program itself declares it. The page is
written by `script/formats_table.py`.
"""
IN = """
## In

A row of a file with these fields is read as this format; the first that fits is it.

| name | what | every row has |
|---|---|---|
"""
OUT = """
## Out

*Comes back*: the formats under which our own import reads it back equal. *Split*: whether rows can
carry the side of the installation's split.

| ask for | what a row is | fields | comes back | split |
|---|---|---|---|---|
"""


def main() -> int:
    """Write the page, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; 1 if it is not current"
    )
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as scratch:
        os.environ.setdefault("ACCORD_DATA_DIR", scratch)
        page = whole_page()
    if not check:
        PAGE.write_text(page, encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") == page:
        return 0
    print(f"{PAGE.relative_to(ROOT)} is not current: run python script/formats_table.py")
    return 1


def whole_page() -> str:
    """What the page must say. Django is set up where it is not yet."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.utils import translation

    with translation.override("en"):
        return BEFORE + IN + "".join(rows_in()) + OUT + "".join(rows_out())


def rows_in() -> list[str]:
    """A line for each format that is read."""
    from alignment_core.formats.known import FORMATS, OF_ONE

    return [
        _line(f"`{entry.name}`", entry.label, _names(entry.needs)) for entry in (*FORMATS, *OF_ONE)
    ]


def rows_out() -> list[str]:
    """A line for each format that is written."""
    from annotate.exports.formats import FORMATS

    return [
        _line(
            " ".join(f"`{entry.name}_{container.name}`" for container in entry.containers),
            f"{entry.label}. {entry.explains}",
            _names(column.name for column in entry.columns),
            _names(entry.imports_as.split()),
            "yes" if entry.has_room else "–",
        )
        for entry in FORMATS
    ]


def _names(names: Iterable[str]) -> str:
    return " ".join(f"`{name}`" for name in names) or "–"


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |\n"


if __name__ == "__main__":
    sys.exit(main())
