"""Completions that stand alone, as pairs where two answer the same prompt.

Thumbs and scores say which of two is better. Without them, or where they are equal, nobody has.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from alignment_core.formats.row_errors import WITHOUT_PARTNER, FileError, RowError
from alignment_core.formats.rows import FIRST, NewComparison, NewCompletion

MOST_CHARACTERS = 2**28  # completions wait in memory for their partners, who may come last
Numbered = tuple[int, NewCompletion]


def pair_up(completions: Iterable[Numbered]) -> Iterator[tuple[int, NewComparison | RowError]]:
    """The pairs, and what is wrong with each completion that has no partner.

    Of one prompt, the best goes with the worst, the second best with the second worst, and so on.
    Raises: FileError where there is more than can wait.
    """
    for of_prompt in _by_prompt(completions).values():
        ranked = sorted(of_prompt, key=lambda entry: -_score(entry[1]))
        half = len(ranked) // 2
        for best, worst in zip(ranked[:half], reversed(ranked[len(ranked) - half :]), strict=True):
            yield _pair(best, worst)
        if len(ranked) % 2:
            yield ranked[half][0], _alone(ranked[half][1])


def _by_prompt(completions: Iterable[Numbered]) -> dict[str, list[Numbered]]:
    found: dict[str, list[Numbered]] = {}
    n_characters = 0
    for number, given in completions:
        key = json.dumps(given.messages, sort_keys=True)
        n_characters += len(key) + len(given.text or "")
        if n_characters > MOST_CHARACTERS:
            raise FileError(
                "There are too many single answers here to find which belong together. Put two "
                "answers to each prompt in one row, or import the file in parts."
            )
        found.setdefault(key, []).append((number, given))
    return found


def _score(given: NewCompletion) -> float:
    if given.score is not None:
        return given.score
    return 0.0 if given.is_good is None else float(given.is_good)


def _pair(best: Numbered, worst: Numbered) -> tuple[int, NewComparison | RowError]:
    (number, first), (other, second) = best, worst
    if first.text is None or second.text is None:
        return number, _alone(first)
    if first.text == second.text:
        return other, RowError("", second.text, "Both completions are the same text.")
    return number, NewComparison(
        messages=first.messages,
        first_text=first.text,
        second_text=second.text,
        tags=first.tags,
        language=first.language,
        external_id=first.external_id,
        recorded_verdict=FIRST if _score(first) > _score(second) else "",
    )


def _alone(given: NewCompletion) -> RowError:
    if given.text is None:
        return RowError(
            "",
            None,
            "This is a prompt without answers, and people compare two. Have two models answer it, "
            "or one model twice, and import the prompt with both answers.",
        )
    return RowError(
        "",
        given.text,
        "No other row answers this prompt, and people compare two answers. Add another answer to "
        "it. To train on single answers, no import is needed: KTO and SFT read this file.",
        reason=WITHOUT_PARTNER,
    )
