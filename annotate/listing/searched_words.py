"""Texts into words to be searched by, in any language.

Compatible forms, case and marks such as accents are levelled. Scripts that put no space between
words (Chinese, Japanese, Thai and others) give each pair of neighbouring characters: a word of two
characters, the usual length in Chinese, is then found by an index, which pieces of three would not
do. Order is not kept: whoever looks for two words finds what holds both.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

MOST_BYTES = 400_000  # PostgreSQL stores no more than 1 MB of words a row; the rest is not searched
LONGEST_WORD = 60
WORD = re.compile(r"[^\W_]+")
UNSPACED = re.compile(  # Thai, Lao, Myanmar, Khmer; kana; Han with its extensions
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]+"
)
TAG, MODEL, LANGUAGE = "ⓣ", "ⓜ", "ⓛ"  # no text holds them once it is levelled


def words_of(text: str) -> Iterator[str]:
    """Each word, and of unspaced scripts each pair of characters and the last one; with repeats."""
    for run in WORD.findall(_levelled(text)):
        yield from _pieces(run)


def mark_of(kind: str, name: str) -> str:
    """The word that stands for a whole tag, model or language, whatever it is made of."""
    return kind + hashlib.sha256(name.encode()).hexdigest()[:16]


def as_stored(texts: Iterable[str], marks: Iterable[str]) -> str:
    """The words of a row, each once; marks first, as very long texts are cut."""
    seen = dict.fromkeys(marks)
    n_bytes = 0
    for text in texts:
        for word in words_of(text):
            if word not in seen:
                n_bytes += len(word.encode())
                if n_bytes > MOST_BYTES:
                    return " ".join(seen)
                seen[word] = None
    return " ".join(seen)


def asked_words(text: str) -> list[tuple[str, bool]]:
    """The words of what somebody looks for, each with whether it may go on: “refund” finds refunds.

    Of unspaced scripts a single character may go on, which finds it anywhere but in pairs that
    have it second: those pairs' own character is the next pair's first, or the last one.
    """
    asked: dict[tuple[str, bool], None] = {}
    for run in WORD.findall(_levelled(text)):
        for part, is_unspaced in _parts(run):
            if is_unspaced and len(part) > 1:
                asked |= dict.fromkeys((pair, False) for pair in _pairs(part))
            else:
                asked[part[:LONGEST_WORD], True] = None
    return list(asked)


def _pieces(run: str) -> Iterator[str]:
    for part, is_unspaced in _parts(run):
        if is_unspaced:
            yield from _pairs(part)
            yield part[-1]
        else:
            yield part[:LONGEST_WORD]


def _pairs(part: str) -> Iterator[str]:
    return (part[at : at + 2] for at in range(len(part) - 1))


def _parts(run: str) -> Iterator[tuple[str, bool]]:
    """A run of letters and digits where scripts with and without spaces meet, as in “AI模型”."""
    if run.isascii():
        yield run, False
        return
    at = 0
    for found in UNSPACED.finditer(run):
        if found.start() > at:
            yield run[at : found.start()], False
        yield found[0], True
        at = found.end()
    if at < len(run):
        yield run[at:], False


def _levelled(text: str) -> str:
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFKC", _marks().sub("", apart)).casefold()


@cache
def _marks() -> re.Pattern[str]:
    """Accents, vowel signs and the like, of the basic plane."""
    marks = (chr(n) for n in range(0x10000) if unicodedata.category(chr(n)).startswith("M"))
    return re.compile(f"[{''.join(marks)}]")
