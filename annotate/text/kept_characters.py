"""Whether formatting hides a character that a model wrote.

Marks that become formatting (`**`, `#`, a fence) are seen as formatting. Where a link leads, an
escaping backslash, the letters of an entity are not seen: a reader is told, and may see the source.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from markdown_it.token import Token

PLAIN = {"paragraph_open", "paragraph_close", "inline", "text", "softbreak"}
SEEN_AS_FORMATTING = "*_~`#>|-+=:<"


def is_formatted(tokens: Iterable[Token]) -> bool:
    """Whether anything but paragraphs of plain words was made of it."""
    return any(token.type not in PLAIN or is_formatted(token.children or []) for token in tokens)


def hides_characters(text: str, tokens: Iterable[Token]) -> bool:
    """Whether a character of the text is neither shown nor seen as formatting."""
    written = Counter("".join(text.split()))
    shown = Counter("".join("".join(_shown(tokens)).split()))
    return any(mark not in SEEN_AS_FORMATTING for mark in written - shown)


def _shown(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "inline":
            yield from _shown(token.children or [])
        elif token.type == "image":
            yield token.content
        elif token.type == "list_item_open":
            yield token.info + token.markup
        else:
            yield token.content
            yield token.info if token.type == "fence" else ""
