"""Customer replies, composed: a hundred questions, answered in eight styles from written fragments.

Ten matters ask about ten things each. A reply is put together of an opening and an answer; a long
one has two more sentences and a closing. Each is drawn from a few that were written for its style.
One question of each matter, and of each thing, is held out: nothing that is learnt or judged is
about those.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

DATA = Path(__file__).resolve().parent / "data"
LANGUAGES = ("en", "zh")
SLOT = "{thing}"
REPLIES_A_STYLE = 2  # at most so many different replies to a question in one style
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")


@dataclass(frozen=True, slots=True)
class Style:
    """Where a reply stands on the three axes."""

    is_warm: bool
    is_brief: bool
    is_plain: bool

    @property
    def register(self) -> str:
        return "plain" if self.is_plain else "formal"

    @property
    def warmth(self) -> str:
        return "warm" if self.is_warm else "cold"


STYLES = tuple(Style(*bits) for bits in product((True, False), repeat=3))


@dataclass(frozen=True, slots=True)
class Question:
    """One of a hundred: what it is about, about which thing, and whether it is held out."""

    language: str
    matter: str
    thing: str
    text: str
    is_held_out: bool


@dataclass(frozen=True, slots=True)
class Reply:
    question: Question
    style: Style
    text: str


class Corpus:
    """The questions and replies of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.fragments: Mapping[str, Any] = json.loads(
            (DATA / f"replies_{language}.json").read_text(encoding="utf-8")
        )
        self.things: tuple[str, ...] = tuple(self.fragments["things"])
        self._matters = {matter["name"]: matter for matter in self.fragments["matters"]}

    def questions(self, *, held_out: bool) -> list[Question]:
        return [one for one in self._questions() if one.is_held_out == held_out]

    def _questions(self) -> Iterator[Question]:
        for row, matter in enumerate(self._matters.values()):
            for column, thing in enumerate(self.things):
                yield Question(
                    language=self.language,
                    matter=matter["name"],
                    thing=thing,
                    text=matter["question"].replace(SLOT, thing),
                    is_held_out=column == (3 * row + 1) % len(self.things),
                )

    def replies(self, question: Question, style: Style) -> list[Reply]:
        """Different replies of a style; the same ones each time."""
        random = Random(f"{question.language}/{question.matter}/{question.thing}/{style}")
        drawn = (self._compose(question, style, random) for _time in range(4 * REPLIES_A_STYLE))
        texts = list(dict.fromkeys(drawn))[:REPLIES_A_STYLE]
        return [Reply(question, style, text) for text in texts]

    def all_replies(self, *, held_out: bool) -> Iterator[Reply]:
        for question in self.questions(held_out=held_out):
            for style in STYLES:
                yield from self.replies(question, style)

    def sentences(self) -> Iterator[str]:
        """Every sentence that a reply may hold."""
        for openings in self.fragments["openings"].values():
            yield from _leaves(openings)
        yield from _leaves(self.fragments["closings"])
        for matter in self._matters.values():
            yield from _leaves(matter["answers"])
            yield from _leaves(matter["more"])

    def asked(self) -> Iterator[str]:
        """Every question, with the place of the thing left open."""
        for matter in self._matters.values():
            yield matter["question"]

    def answers(self, question: Question) -> set[str]:
        """The sentences that answer it."""
        return set(_leaves(self._matters[question.matter]["answers"]))

    def _compose(self, question: Question, style: Style, random: Random) -> str:
        matter = self._matters[question.matter]
        openings = self.fragments["openings"][matter["mood"]][style.warmth][style.register]
        parts = [random.choice(openings), random.choice(matter["answers"][style.register])]
        if not style.is_brief:
            parts += random.sample(matter["more"][style.register], 2)
            parts.append(random.choice(self.fragments["closings"][style.warmth][style.register]))
        return (" " if self.language == "en" else "").join(parts)


@cache
def corpus(language: str) -> Corpus:
    return Corpus(language)


def sentences_of(text: str) -> list[str]:
    return [sentence for sentence in SENTENCE_END.split(text.strip()) if sentence]


def _leaves(tree: Any) -> Iterator[str]:
    if isinstance(tree, Mapping):
        for branch in tree.values():
            yield from _leaves(branch)
    else:
        yield from tree
