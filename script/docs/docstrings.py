"""Makes Markdown of our docstrings, whose sections begin where their text does: `Returns: nats`.

Parsers of Google's style want a section's text on lines of its own and one argument a line. The
settings of a config say what they do in `option(…)`, where no parser looks: they become a list.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Any

import griffe

SECTION = re.compile(r"(Args|Returns|Yields|Raises|Source)(?: \((.*)\))?: ?(.*)")
TITLES = {"Args": "Arguments"}
LIMITS = {"minimum": "at least", "above": "above", "maximum": "at most", "below": "below"}


class Docstrings(griffe.Extension):
    """Rewrites every docstring once all of the package has been read."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        text = obj.docstring.value if obj.docstring else ""
        if isinstance(obj, griffe.Function):
            text = as_markdown(text, [parameter.name for parameter in obj.parameters])
        elif isinstance(obj, griffe.Class):
            fields = [name for name, member in obj.members.items() if member.is_attribute]
            text = "\n\n".join([fields_listed(as_markdown(text, fields), fields), settings(obj)])
            shorten_defaults(obj)
        if text.strip():
            obj.docstring = griffe.Docstring(text.strip(), parent=obj)


def as_markdown(docstring: str, names: Sequence[str]) -> str:
    """The docstring with a paragraph or a list for each of its sections.

    Args:
        names: of parameters; one whose text begins in the middle of a line is found by its name.
    """
    out: list[str] = []
    for title, aside, lines in sections(docstring):
        heading = f"**{TITLES.get(title, title)}**" + (f" ({aside})" if aside else "")
        if not title:
            out.append("\n".join(lines))
        elif lines[0]:
            out.append(f"{heading}: " + " ".join(line.strip() for line in lines))
        else:
            out += [heading, listed(lines[1:], names)]
    return "\n\n".join(out)


def sections(docstring: str) -> Iterator[tuple[str, str, list[str]]]:
    """Each section's title, what stands in brackets after it, and its lines."""
    title, aside, lines = "", "", []
    for line in docstring.splitlines():
        found = SECTION.fullmatch(line)
        if found or (title and line and not line.startswith(" ")):
            yield title, aside, lines
            title, aside, lines = found.groups("") if found else ("", "", line)
            lines = [lines]
        else:
            lines.append(line)
    yield title, aside, lines


def listed(lines: Sequence[str], names: Sequence[str]) -> str:
    """A list with an item for each line that begins with names, or for those of one text."""
    text = re.sub(r"\n {4,}(?=\S)", " ", "\n".join(line.removeprefix("    ") for line in lines))
    text = re.sub(rf"(?<=[.;]) (?={either(names)}: )", "\n", text)
    return "\n".join(item(line) for line in text.splitlines() if line)


def fields_listed(text: str, fields: Sequence[str]) -> str:
    """A class's docstring with a list of the fields that it explains, a line or more for each."""
    return re.sub(
        rf"(?:^{either(fields)}: .*\n?(?:^ +\S.*\n?)*)+",
        lambda found: f"\n{listed(found[0].splitlines(), fields)}\n\n",
        text,
        flags=re.MULTILINE,
    )


def either(names: Sequence[str]) -> str:
    """A pattern for one of the names, or several with commas between."""
    known = "|".join(map(re.escape, names)) or r"(?!)"
    return rf"(?:{known})(?:, (?:{known}))*"


def item(line: str) -> str:
    found = re.fullmatch(r"(\*{0,2}\w+(?:, \*{0,2}\w+)*): (.*)", line)
    if not found:
        return f"- {line}"
    return "- " + ", ".join(f"`{name}`" for name in found[1].split(", ")) + f": {found[2]}"


def settings(config: griffe.Class) -> str:
    """What the options of a config class say: type, default, range, meaning and source."""
    return "\n".join(
        setting(attribute, attribute.value)
        for attribute in config.members.values()  # its own: those of its bases stand there
        if attribute.is_attribute and is_option(attribute.value)
    )


def is_option(value: object) -> bool:
    return isinstance(value, griffe.ExprCall) and str(value.function) == "option"


def shorten_defaults(config: griffe.Class) -> None:
    """The default itself in the signature of a config, where the source has `option(…)`."""
    for parameter in config.parameters:
        if is_option(parameter.default):
            parameter.default = parameter.default.arguments[0]


def setting(attribute: griffe.Attribute, option: griffe.ExprCall) -> str:
    default, *keywords = option.arguments
    said = {keyword.name: str(keyword.value) for keyword in keywords}
    bounds = [f"{words} {said[limit]}" for limit, words in LIMITS.items() if limit in said]
    limits = "; " + ", ".join(bounds) if bounds else ""
    meaning, source = ast.literal_eval(said["help"]), ast.literal_eval(said["source"])
    return (
        f"- `{attribute.name}`: {attribute.annotation}, default `{default}`{limits}. "
        f"{meaning} *Source:* {source}."
    )
