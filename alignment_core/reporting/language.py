"""The sentences of the page, in the language of its reader.

A sentence is its own key, with named places for its parts: `say("{n} prompts", n=3)`. What an
evaluation.json tells in English, such as why a figure is undefined, is known again by `told`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import NamedTuple

from alignment_core.reporting import zh_hans, zh_hans_told


class Words(NamedTuple):
    """Templates in English with what they are in another language."""

    said: Mapping[str, str]
    told: Mapping[str, str]


WORDS = {
    "en": Words({}, {}),
    "zh-hans": Words(zh_hans.SAID, zh_hans_told.REASONS | zh_hans_told.LIMITS | zh_hans_told.NAMES),
}
LANGUAGES = tuple(WORDS)

_language: ContextVar[str] = ContextVar("language", default="en")


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say everything inside in one of LANGUAGES. Raises: ValueError if it is another."""
    if language not in WORDS:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, not {language!r}")
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def spoken_language() -> str:
    """One of LANGUAGES."""
    return _language.get()


def say(template: str, /, **parts: object) -> str:
    """A sentence with its parts, which stay as they are."""
    said = WORDS[spoken_language()].said
    return said.get(template, template).format(**parts)


def told(text: str) -> str:
    """What was recorded in English, and its parts as well; what is not known stays as it is."""
    for template, translation in WORDS[spoken_language()].told.items():
        if match := _pattern(template).fullmatch(text):
            parts = {name: told(part) for name, part in match.groupdict().items()}
            return translation.format(**parts)
    return text


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(template)))
