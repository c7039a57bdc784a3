"""Stars between two letters or digits are no emphasis: `2*3*4` is not 2 3 4."""

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter


def add_emphasis(parser: MarkdownIt) -> None:
    parser.inline.ruler.at("emphasis", _rule)


def _rule(state: StateInline, silent: bool) -> bool:
    """The parser's own rule, with stars inside a word treated as it treats underscores."""
    marker = state.src[state.pos]
    if silent or marker not in "_*":
        return False
    scanned = state.scanDelims(state.pos, marker == "*" and not _is_inside_word(state, marker))
    for _number in range(scanned.length):
        state.push("text", "", 0).content = marker
        delimiter = Delimiter(
            marker=ord(marker),
            length=scanned.length,
            token=len(state.tokens) - 1,
            end=-1,
            open=scanned.can_open,
            close=scanned.can_close,
        )
        state.delimiters.append(delimiter)
    state.pos += scanned.length
    return True


def _is_inside_word(state: StateInline, marker: str) -> bool:
    """Between ASCII letters or digits; Chinese has no spaces, and is emphasised inside."""
    after = state.pos
    while after < state.posMax and state.src[after] == marker:
        after += 1
    sides = state.src[state.pos - 1 : state.pos] + state.src[after : after + 1]
    return len(sides) == 2 and sides.isascii() and sides.isalnum()
