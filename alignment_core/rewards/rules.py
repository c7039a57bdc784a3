"""Rewards that need no model: each a value for one answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from alignment_core.configs.rewards import AnswerReward, LengthReward, RegexReward, WordsReward

WORDS = Path(__file__).parent / "words"
ANSWER_TAG = "answer:"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """A prompt with one sampled answer: what a reward is given."""

    prompt: Sequence[Mapping[str, Any]]
    text: str
    n_tokens: int  # its end of turn included
    finished: bool  # it came to its end of turn
    answer: str | None  # the right one, where the record's tags give it
    log_probs: Sequence[float] = ()  # of its tokens by the sampler, in nats, where they are kept


Rule = Callable[[Answered], float]


def answer_of_tags(tags: Sequence[str]) -> str | None:
    """The right answer that a record's tags give, as in `answer:42`; None if they give none."""
    return next((tag.removeprefix(ANSWER_TAG) for tag in tags if tag.startswith(ANSWER_TAG)), None)


def regex_rule(spec: RegexReward) -> Rule:
    """A rule that gives 1 where the pattern of `spec` is found, else 0."""
    pattern = re.compile(spec.pattern, re.DOTALL)
    return lambda answered: float(pattern.search(answered.text) is not None)


def length_rule(spec: LengthReward) -> Rule:
    """0 within the bounds of `spec`; outside, minus the tokens too few or too many over the bound.

    Returns: a rule with values in [-1, 0].
    """

    def rule(answered: Answered) -> float:
        if answered.n_tokens < spec.shortest:
            return -(spec.shortest - answered.n_tokens) / spec.shortest
        return -min(1.0, max(0, answered.n_tokens - spec.longest) / spec.longest)

    return rule


def words_rule(spec: WordsReward) -> Rule:
    """A rule that gives -1 where a word of the lists that `spec` names occurs, else 0.

    Words of letters match as whole words whatever their case; Chinese ones anywhere, as nothing
    stands between words there.
    """
    own = tuple(word.strip() for word in spec.more.split(",") if word.strip())
    patterns = [_word_pattern(word) for word in (*listed_words(spec.language), *own)]
    pattern = re.compile("|".join(patterns), re.IGNORECASE)
    return lambda answered: -float(pattern.search(answered.text) is not None)


def answer_rule(spec: AnswerReward) -> Rule:
    """1 where the text, or the last match in it, is the right answer but for case and spaces.

    Args: spec: with the pattern that finds the answer; without one the whole text counts.
    Returns: a rule with values 0 and 1.
    Raises: ValueError, by the rule, for a prompt that has no right answer to compare with.
    """
    pattern = re.compile(spec.pattern, re.DOTALL) if spec.pattern else None

    def rule(answered: Answered) -> float:
        if answered.answer is None:
            raise ValueError("this prompt has no right answer to compare with")
        text = answered.text
        if pattern is not None:
            matches = list(pattern.finditer(text))
            if not matches:
                return 0.0
            text = matches[-1].group(1 if pattern.groups else 0) or ""
        return float(_normal(text) == _normal(answered.answer))

    return rule


@cache
def listed_words(language: str) -> tuple[str, ...]:
    """The words of the lists that ship; a line that begins with # is a comment."""
    names = ("en", "zh") if language == "all" else (language,)
    lines = [
        line.strip()
        for name in names
        for line in (WORDS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    ]
    return tuple(line for line in lines if line and not line.startswith("#"))


def _word_pattern(word: str) -> str:
    escaped = re.escape(word)
    return rf"\b{escaped}\b" if word.isascii() else escaped


def _normal(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".。")
