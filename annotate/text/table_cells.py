"""Tables of models: no cell is left out, no number or short cell is broken."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import escapedSplit, getLine, table
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

LONGEST_WHOLE = 24  # characters of a cell that stays on one line
_AS_WRITTEN = "lines of a ragged table end before"  # in the parser's environment: a line's number
# Numbers with a slash, such as 10.5/0, which a browser may part in a cell of several lines.
_FRACTION = re.compile(r"(?<!\S)(?=\S{3,24}(?!\S))[^\s/]*\d[^\s/]*(?:/[^\s/]+)+")
_ALIGNMENT = re.compile(r"text-align:(left|center|right)")


def add_tables(parser: MarkdownIt) -> None:
    parser.block.ruler.at("table", _rule, {"alt": ["paragraph", "reference"]})
    parser.core.ruler.push("cells", _class_cells)


def _rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The parser's own rule drops cells beyond the header's; such lines are shown as written."""
    if start < state.env.get(_AS_WRITTEN, 0):
        return False  # each header in it would read all of the rest again
    n_tokens, kind = len(state.tokens), state.parentType
    if not table(state, start, end, silent):
        return False
    if silent or not _is_ragged(state, start):
        return True
    del state.tokens[n_tokens:]
    state.env[_AS_WRITTEN] = state.line
    state.line, state.parentType = start, kind
    return False


def _is_ragged(state: StateBlock, start: int) -> bool:
    width = _width(getLine(state, start))
    return any(_width(getLine(state, line)) > width for line in range(start + 2, state.line))


def _width(line: str) -> int:
    cells = escapedSplit(line.strip())
    return len(cells) - (cells[:1] == [""]) - (len(cells) > 1 and cells[-1] == "")


def _class_cells(state: StateCore) -> None:
    for cell, content in zip(state.tokens, state.tokens[1:], strict=False):
        if cell.type in ("td_open", "th_open"):
            names = _classes(cell, content.content)
            cell.attrs = {"class": " ".join(names)}
            if "whole" not in names:
                content.children = [
                    part for child in content.children or [] for part in _parted(child)
                ]


def _classes(cell: Token, text: str) -> list[str]:
    alignment = _ALIGNMENT.search(str(cell.attrs.get("style", "")))
    names = [f"to-{alignment[1]}"] if alignment else []
    return [*names, "whole"] if len(text) <= LONGEST_WHOLE else names


def _parted(token: Token) -> Iterator[Token]:
    """Text as it is, but with its fractions as tokens of their own, which stay whole."""
    if token.type != "text":
        yield token
        return
    done = 0
    for found in _FRACTION.finditer(token.content):
        yield Token("text", "", 0, content=token.content[done : found.start()])
        yield Token("whole", "", 0, content=found[0])
        done = found.end()
    yield Token("text", "", 0, content=token.content[done:])
