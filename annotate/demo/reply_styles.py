"""How a reply reads, told by plain rules: words that occur in it, and its length.

The rules know nothing of how a reply was composed, so they tell of what a model writes as well. How
often they are right where it is known is `right_on_the_corpus`.
"""

import re
from collections.abc import Iterable
from functools import cache

from annotate.demo.replies import Corpus, Reply, Style, corpus, sentences_of

WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
AXES = ("is_warm", "is_brief", "is_plain")


def style_of(text: str, language: str) -> Style:
    """Warm: one of the warm words is in it. Brief: at most so many words, or characters. Plain:
    more marks of plain than of formal speech."""
    lists = corpus(language).fragments
    n_formal = _count(text, language, lists["formal_words"])
    return Style(
        is_warm=_count(text, language, lists["warm_words"]) > 0,
        is_brief=length_of(text, language) <= lists["brief_at_most"],
        is_plain=_count(text, language, lists["plain_marks"]) > n_formal,
    )


def length_of(text: str, language: str) -> int:
    """Words of an English text, characters of a Chinese one."""
    return len(text.split()) if language == "en" else len(text)


def is_fluent(text: str, language: str) -> bool:
    """Whole sentences of the corpus's words: of a Chinese text, each pair of neighbouring
    characters within a sentence stands in the corpus."""
    sentences = sentences_of(text)
    known = _known(language)
    return (
        bool(sentences)
        and all(sentence[-1] in ".!?。！？" for sentence in sentences)
        and all(set(_pieces(sentence, language)) <= known for sentence in sentences)
    )


def is_composed(text: str, language: str) -> bool:
    """Nothing but sentences of the corpus."""
    sentences = sentences_of(text)
    return bool(sentences) and set(sentences) <= _sentences(language)


def right_on_the_corpus(language: str) -> dict[str, float]:
    """The share of all replies of which each rule tells what they were composed to be."""
    return _right([*replies_of(corpus(language))], language)


def replies_of(of: Corpus) -> Iterable[Reply]:
    for held_out in (False, True):
        yield from of.all_replies(held_out=held_out)


def _right(replies: list[Reply], language: str) -> dict[str, float]:
    told = [(reply.style, style_of(reply.text, language)) for reply in replies]
    return {
        axis: sum(getattr(made, axis) == getattr(read, axis) for made, read in told) / len(told)
        for axis in AXES
    }


def _count(text: str, language: str, words: list[str]) -> int:
    if language != "en":
        return sum(text.count(word) for word in words)
    endings = tuple(word for word in words if "'" in word)
    return sum(
        word in words or bool(endings and word.endswith(endings))
        for word in WORD.findall(text.lower())
    )


def _pieces(sentence: str, language: str) -> list[str]:
    if language == "en":
        return WORD.findall(sentence.lower())
    return [sentence[place : place + 2] for place in range(len(sentence) - 1)]


@cache
def _known(language: str) -> frozenset[str]:
    return frozenset(
        piece for sentence in _sentences(language) for piece in _pieces(sentence, language)
    )


@cache
def _sentences(language: str) -> frozenset[str]:
    return frozenset(corpus(language).sentences())
