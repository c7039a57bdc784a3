"""Makes Markdown of our docstrings, whose sections begin where their text does: `Returns: nats`.

Parsers of Google's style want a section's text on lines of its own and one argument a line.
"""

import re
from collections.abc import Iterator
from typing import Any

import griffe

SECTION = re.compile(r"(Args|Returns|Yields|Raises|Source): ?(.*)")
TITLES = {"Args": "Arguments"}
ARGUMENT = re.compile(r"(\*{0,2}\w+(?:, \*{0,2}\w+)*): (.*)", re.DOTALL)


class Sections(griffe.Extension):
    """Rewrites every docstring once it has been read."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring:
            names = [p.name for p in obj.parameters] if isinstance(obj, griffe.Function) else []
            obj.docstring.value = as_markdown(obj.docstring.value, names)


def as_markdown(docstring: str, parameters: list[str]) -> str:
    """The docstring with a paragraph or a list for each of its sections.

    Args:
        parameters: the function's; one whose text begins in the middle of a line is found by them.
    """
    out: list[str] = []
    for title, lines in sections(docstring):
        if title is None:
            out.append("\n".join(lines))
        elif title == "Args" and not lines[0]:
            out += [f"**{TITLES[title]}**", arguments(lines[1:], parameters)]
        else:
            text = " ".join(line.strip() for line in lines)
            out.append(f"**{TITLES.get(title, title)}:** {text}")
    return "\n\n".join(out)


def sections(docstring: str) -> Iterator[tuple[str | None, list[str]]]:
    """Each section's title and lines, the first of them what stood behind the title."""
    title: str | None = None
    lines: list[str] = []
    for line in docstring.splitlines():
        found = SECTION.fullmatch(line)
        ends = title is not None and line and not line.startswith(" ")
        if found or ends:
            yield title, lines
            title, lines = (found[1], [found[2]]) if found else (None, [line])
        else:
            lines.append(line)
    yield title, lines


def arguments(lines: list[str], parameters: list[str]) -> str:
    """A list with an item for each argument, or for those that share their text."""
    text = re.sub(r"\n {4,}(?=\S)", " ", "\n".join(line.removeprefix("    ") for line in lines))
    known = "|".join(map(re.escape, parameters))
    if known:
        text = re.sub(rf"(?<=[.;]) (?=(?:{known})(?:, (?:{known}))*: )", "\n", text)
    return "\n".join(f"- {argument(line)}" for line in text.splitlines() if line)


def argument(line: str) -> str:
    found = ARGUMENT.fullmatch(line)
    if not found:
        return line
    return ", ".join(f"`{name}`" for name in found[1].split(", ")) + f": {found[2]}"
