"""The world: what may be asked and answered, what an answer is truly worth, and who judges it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from alignment_core.data.records import PreferenceRecord, VerdictCounts
from alignment_core.rewards.rules import Answered

THINGS = [
    "river", "bridge", "garden", "window", "letter", "engine", "forest", "kitchen",
    "harbour", "mountain", "lantern", "market", "orchard", "station", "tower", "valley",
    "meadow", "castle", "island", "desert",
]  # fmt: skip
WORDS = [
    "bright", "quiet", "narrow", "gentle", "broken", "hollow", "golden", "silent",
    "rapid", "heavy", "ancient", "simple", "curious", "distant", "frozen", "humble",
    "lively", "modern", "patient", "rough", "sharp", "tender", "vivid", "wooden",
]  # fmt: skip
QUESTIONS = (
    "Describe the {thing}.",
    "What is the {thing} like?",
    "Tell me about the {thing}.",
    "Say something of the {thing}.",
    "How would you put the {thing} in words?",
    "Words for the {thing}, please.",
    "Which words suit the {thing}?",
    "The {thing}: what comes to mind?",
)
LONGEST_FREE = 5  # words; more of them weary the reader
FLIPS = 0.15  # of votes are given without looking
N_VOTES = 3
SHARE_HELD_OUT = 0.2
NO_VOTES = VerdictCounts()

_numbers = np.random.default_rng(2026)
VALUES = {
    (thing, word): float(own + common)
    for word, common in zip(WORDS, _numbers.normal(0.2, 0.8, len(WORDS)), strict=True)
    for thing, own in zip(THINGS, _numbers.normal(0.0, 0.5, len(THINGS)), strict=True)
}


def prompts(*, held_out: bool) -> list[tuple[str, str]]:
    """(id, question) of one of the two splits; every thing is in both."""
    pairs = [
        (f"{thing}-{number}", question.format(thing=thing))
        for thing in THINGS
        for number, question in enumerate(QUESTIONS)
    ]
    order = np.random.default_rng(1).permutation(len(pairs))
    n_held_out = round(SHARE_HELD_OUT * len(pairs))
    chosen = order[:n_held_out] if held_out else order[n_held_out:]
    return [pairs[place] for place in sorted(chosen)]


def gold_reward(question: str, text: str) -> float:
    """What an answer is truly worth.

    Each different word of the list is worth what it says of this thing; a word that comes again,
    a word of no list and an answer of many words each cost something.
    """
    thing = next(thing for thing in THINGS if thing in question)
    counts = Counter(text.split())
    n_words = counts.total()
    if n_words == 0:
        return -2.0
    known = sum(VALUES[thing, word] for word in counts if word in WORDS)
    unknown = sum(count for word, count in counts.items() if word not in WORDS)
    again = sum(count - 1 for count in counts.values())
    return known - 0.5 * unknown - 0.7 * again - 0.1 * max(0, n_words - LONGEST_FREE) ** 2


def gold_rewards(answers: Sequence[Answered]) -> list[float]:
    """The same, as a reward of kind callable."""
    return [gold_reward(str(one.prompt[-1]["content"]), one.text) for one in answers]


def first_words(n_records: int, *, seed: int) -> list[PreferenceRecord]:
    """Answers to imitate: a few different words at random, whatever they are worth."""
    generator = np.random.default_rng(seed)
    asked = prompts(held_out=False)
    return [
        record(
            f"first-{number:05d}",
            asked[generator.integers(len(asked))][1],
            " ".join(generator.choice(WORDS, generator.integers(2, 8), replace=False)),
            "none",
        )
        for number in range(n_records)
    ]


def judged(
    pairs: Sequence[tuple[str, str, str]], *, seed: int, prefix: str
) -> list[PreferenceRecord]:
    """Pairs of answers as three annotators judge them, by the true reward and some carelessness.

    Args:
        pairs: (question, first answer, second answer).
    """
    generator = np.random.default_rng(seed)
    records = []
    for number, (question, first, second) in enumerate(pairs):
        difference = gold_reward(question, first) - gold_reward(question, second)
        p_first = (1 - FLIPS) / (1 + math.exp(-difference)) + FLIPS / 2
        n_first = int(generator.binomial(N_VOTES, p_first))
        n_chosen = max(n_first, N_VOTES - n_first)
        chosen, rejected = (first, second) if n_first == n_chosen else (second, first)
        verdicts = VerdictCounts(chosen=n_chosen, rejected=N_VOTES - n_chosen)
        name = f"{prefix}-{number:05d}"
        records.append(record(name, question, chosen, rejected, verdicts, n_chosen / N_VOTES))
    return records


def record(
    name: str,
    question: str,
    chosen: str,
    rejected: str,
    verdicts: VerdictCounts = NO_VOTES,
    p_chosen: float | None = None,
) -> PreferenceRecord:
    """A record of this world."""
    return PreferenceRecord(
        id=name,
        prompt=({"role": "user", "content": question},),
        chosen=chosen,
        rejected=rejected,
        verdicts=verdicts,
        p_chosen=p_chosen,
    )
