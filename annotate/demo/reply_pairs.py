"""Pairs of composed replies to judge, which differ in every way equally often."""

from collections.abc import Iterator
from itertools import product
from random import Random

from alignment_core.formats.rows import NewComparison
from annotate.demo.replies import STYLES, Corpus, Question, Reply, Style, corpus

PAIRS_A_QUESTION = 6  # at most 7: each pair of a question differs in another way
# On which of the three axes the two replies differ: every way but none, as often as the others.
DIFFERENCES = tuple(Style(*bits) for bits in product((False, True), repeat=3) if any(bits))


def reply_comparisons(language: str) -> Iterator[NewComparison]:
    """The comparisons of one language, the same ones each time; none of a held-out question."""
    of = corpus(language)
    for number, question in enumerate(of.questions(held_out=False)):
        for place in range(PAIRS_A_QUESTION):
            differences = DIFFERENCES[(PAIRS_A_QUESTION * number + place) % len(DIFFERENCES)]
            yield _comparison(*_pair(of, question, differences, place))


def _pair(of: Corpus, question: Question, differences: Style, place: int) -> tuple[Reply, Reply]:
    random = Random(f"{question.text}/{place}")
    style = random.choice(STYLES)
    other = Style(
        is_warm=style.is_warm != differences.is_warm,
        is_brief=style.is_brief != differences.is_brief,
        is_plain=style.is_plain != differences.is_plain,
    )
    return random.choice(of.replies(question, style)), random.choice(of.replies(question, other))


def _comparison(first: Reply, second: Reply) -> NewComparison:
    return NewComparison(
        messages=[{"role": "user", "content": first.question.text}],
        first_text=first.text,
        second_text=second.text,
        first_origin=_origin(first.style),
        second_origin=_origin(second.style),
        tags=[first.question.matter],
        language=first.question.language,
    )


def _origin(style: Style) -> str:
    length = "brief" if style.is_brief else "long"
    return f"composed: {style.warmth}, {length}, {style.register}"
