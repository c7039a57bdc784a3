"""The examples of the documentation run, and print what the page says they print."""

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
REFERENCE = sorted((DOCS / "reference").glob("*.md"))
PAGES = [
    *REFERENCE,
    DOCS / "engineers.md",
    DOCS / "statistics" / "README.md",
    DOCS / "statistics" / "arena.md",
    DOCS / "statistics" / "further.md",
    DOCS / "methods" / "README.md",
]
EXAMPLE = re.compile(
    r"^```python\n(?P<code>.*?)^```\n(?:\n```text\n(?P<output>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)


def examples(page: Path) -> Iterator[tuple[int, str, str]]:
    """Line, code and expected output of each block of Python, in the order of the page."""
    text = page.read_text(encoding="utf-8")
    for found in EXAMPLE.finditer(text):
        line = text.count("\n", 0, found.start()) + 2
        yield line, found["code"], found["output"] or ""


def run(page: Path, name: str) -> None:
    """Run a page from top to bottom, as a reader would, and compare after each block."""
    namespace: dict[str, object] = {"__name__": name}
    blocks = list(examples(page))
    assert blocks, f"{page.name} has no example"
    assert any(output for _, _, output in blocks), f"no example of {page.name} shows its output"
    for line, code, output in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile("\n" * (line - 1) + code, str(page), "exec"), namespace)  # noqa: S102 -- ours
        assert printed.getvalue() == output, f"{page.name}, line {line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_the_examples_of_a_page_print_what_it_says(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(page, "example")


def page_of(folder: Path, text: str) -> Path:
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    return page


def test_a_page_that_prints_something_else_fails(tmp_path):
    page = page_of(tmp_path, "```python\nprint(1)\n```\n\n```text\n2\n```\n")
    with pytest.raises(AssertionError, match=r"page\.md, line 2"):
        run(page, "example")


def test_output_that_the_page_does_not_show_fails(tmp_path):
    shown = "```python\nprint(1)\n```\n\n```text\n1\n```\n\n"
    page = page_of(tmp_path, shown + "```python\nprint(3)\n```\n")
    with pytest.raises(AssertionError, match=r"page\.md, line 10"):
        run(page, "example")


@pytest.mark.parametrize("text", ["# Nothing\n", "```python\nx = 1\n```\n"])
def test_a_page_without_a_tested_example_fails(tmp_path, text):
    with pytest.raises(AssertionError, match="example"):
        run(page_of(tmp_path, text), "example")
