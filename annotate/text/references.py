"""Definitions of links, `[1]: https://…`, are text that a model wrote: they stay on the page."""

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.reference import reference


def add_references(parser: MarkdownIt) -> None:
    parser.block.ruler.at("reference", _rule)


def _rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The parser's own rule, which only remembers the definition; here it is a paragraph too."""
    if not reference(state, start, end, silent):
        return False
    if not silent:
        token = state.push("definition_source", "p", 0)
        token.content = state.getLines(start, state.line, state.blkIndent, False).strip()
        token.map = [start, state.line]
    return True
