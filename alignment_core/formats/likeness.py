"""Two texts that differ, but that nobody could tell apart where they are shown."""

from __future__ import annotations

import re
import unicodedata

# Signs that are never drawn. Joiners change what is drawn in many scripts, but not in Latin's.
INVISIBLE = re.compile(
    "[\u00ad\u180e\u200b\u200e\u200f\u061c\u2060-\u2064\ufeff\U000e0000-\U000e007f]"
    "|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"
)
LINE_END = re.compile(r"\r\n?|\u2028|\u0085")
SPACE_LIKE = re.compile("[\u00a0\u2000-\u200a\u202f\u205f]")
LONE_SPACE_AT_END = re.compile(r"(?<! ) (?=\n)")  # two of them are a line break in Markdown


def look_the_same(first: str, second: str) -> bool:
    """Whether two texts are drawn alike: they differ in their form in Unicode, in signs that are
    not drawn, in what ends their lines, or in the blanks at their end."""
    return first == second or as_drawn(first) == as_drawn(second)


def as_drawn(text: str) -> str:
    """The text without what nobody sees of it."""
    text = INVISIBLE.sub("", unicodedata.normalize("NFC", LINE_END.sub("\n", text)))
    return LONE_SPACE_AT_END.sub("", SPACE_LIKE.sub(" ", text).rstrip())
