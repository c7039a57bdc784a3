"""Two texts that differ, but that nobody could tell apart where they are shown."""

from __future__ import annotations

import re
import unicodedata

# Signs that are never drawn. Joiners change what is drawn in many scripts, but not in Latin's.
INVISIBLE = re.compile(
    "[\u00ad\u180e\u200b\u200e\u200f\u061c\u2060-\u2064\ufeff\U000e0000-\U000e007f]"
)
IDLE_JOINER = re.compile("(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])")
JOINERS = ("\u200c", "\u200d")
SPACE_LIKE = re.compile("[\u00a0\u2000-\u200a\u202f\u205f]")
LINE_END = re.compile("[\u2028\u0085]")
LONE_SPACE_AT_END = re.compile(r"(?<! ) (?=\n)")  # two of them are a line break in Markdown
GLANCE = 8


def look_the_same(first: str, second: str) -> bool:
    """Whether two texts are drawn alike: they differ in their form in Unicode, in signs that are
    not drawn, in what ends their lines, or in the blanks at their end."""
    if _begin_otherwise(first[:GLANCE], second[:GLANCE]):
        return False
    return first == second or as_drawn(first) == as_drawn(second)


def _begin_otherwise(first: str, second: str) -> bool:
    """At a glance: plain letters at the beginning differ, the last of which may get an accent."""
    return first[:-1] != second[:-1] and all(
        len(start) == GLANCE and start.isascii() and start.isprintable()
        for start in (first, second)
    )


def as_drawn(text: str) -> str:
    """The text without what nobody sees of it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        text = LINE_END.sub("\n", text)
        text = INVISIBLE.sub("", unicodedata.normalize("NFC", text))
        if any(joiner in text for joiner in JOINERS):
            text = IDLE_JOINER.sub("", text)
        text = SPACE_LIKE.sub(" ", text)
    if " \n" in text:
        text = LONE_SPACE_AT_END.sub("", text)
    return text.rstrip()
