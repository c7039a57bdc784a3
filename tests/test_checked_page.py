"""The page of what is checked names tests, and they are there."""

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parent
PAGE = TESTS.parent / "docs" / "methods" / "checked.md"


def test_every_row_names_tests_and_they_are_there():
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    rows = [row for row in rows if "held by" not in row]
    assert len(rows) > 30
    for row in rows:
        named = re.findall(r"`([\w/]+\.py)(?:::(test_\w+))?`", row.rsplit(" | ", 1)[1])
        assert named, f"no test is named: {row}"
        for file, name in named:
            text = (TESTS / file).read_text("utf-8")
            assert re.search(rf"^def {name or 'test_'}", text, re.M), row
