"""What a trial has changed: shares of warm, brief and plain answers to held-out questions."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from alignment_core.agreement.figures.figure import NO_JUDGEMENTS, Figure
from alignment_core.agreement.figures.shares import clustered_difference, clustered_share
from annotate.demo.replies import Question, corpus
from annotate.demo.reply_styles import AXES, is_fluent, style_of
from training.models import Snapshot
from training.runs.answers_to_read import ReadAnswer

LEVEL = 0.95
FEWEST_THAT_LEAN, LEANING_SHARE = 4, 0.65  # of votes that differ on an axis


@dataclass(frozen=True, kw_only=True)
class Change:
    """One share before and after, and the difference, with intervals clustered by question."""

    axis: str
    before: Figure
    after: Figure
    difference: Figure

    @property
    def direction(self) -> int:
        """1 if it grew, -1 if it fell, 0 if the two cannot be told apart."""
        value, low, high = self.difference.value, self.difference.low, self.difference.high
        if value is None or value == 0:
            return 0
        if low is None or high is None:  # every question says the same
            return 1 if value > 0 else -1
        return int(low > 0) - int(high < 0)


@dataclass(frozen=True, kw_only=True)
class AnswersTo:
    """One question, and what was answered before and after; the first of each is shown first."""

    question: Question
    before: list[str]
    after: list[str]


@dataclass(frozen=True, kw_only=True)
class BeforeAfter:
    changes: list[Change]
    fluent: Change
    beside: list[AnswersTo]
    n_answers: int  # of either


@dataclass(frozen=True, kw_only=True)
class Taste:
    """Of a trial's votes that differ on an axis: how often its positive end was chosen."""

    axis: str
    n_chosen: int
    n_differing: int

    @property
    def lean(self) -> int:
        """1 towards the positive end, -1 away from it, 0 where the votes lean to neither."""
        if self.n_differing < FEWEST_THAT_LEAN:
            return 0
        share = self.n_chosen / self.n_differing
        return int(share >= LEANING_SHARE) - int(share <= 1 - LEANING_SHARE)


def before_after(answers: Iterable[ReadAnswer], language: str) -> BeforeAfter:
    answers = list(answers)
    styles = [style_of(answer.text, language) for answer in answers]
    fluent = [answer.is_finished and is_fluent(answer.text, language) for answer in answers]
    return BeforeAfter(
        changes=[
            _change(axis, answers, [getattr(style, axis) for style in styles]) for axis in AXES
        ],
        fluent=_change("is_fluent", answers, fluent),
        beside=_beside(answers, language),
        n_answers=sum(answer.is_of_result for answer in answers),
    )


def tastes(pairs: Iterable[tuple[str, str]], language: str) -> list[Taste]:
    """What chosen and rejected texts say about whoever chose, by the rules of the answers."""
    styles = [(style_of(chosen, language), style_of(other, language)) for chosen, other in pairs]
    differing = {
        axis: [
            getattr(chosen, axis)
            for chosen, other in styles
            if getattr(chosen, axis) != getattr(other, axis)
        ]
        for axis in AXES
    }
    return [
        Taste(axis=axis, n_chosen=sum(chosen), n_differing=len(chosen))
        for axis, chosen in differing.items()
    ]


def pairs_of(snapshot: Snapshot) -> list[tuple[str, str]]:
    pairs = snapshot.pairs.values_list("preference__chosen__text", "preference__rejected__text")
    return list(pairs.order_by("position"))


def _change(axis: str, answers: Sequence[ReadAnswer], hits: Sequence[bool]) -> Change:
    is_after = np.array([answer.is_of_result for answer in answers], dtype=np.int64)
    names = sorted({answer.question for answer in answers})
    question = np.array([names.index(answer.question) for answer in answers], dtype=np.int64)
    hit = np.array(hits, dtype=bool)
    share_of = [
        clustered_share(
            hit[is_after == side],
            question[is_after == side],
            question[is_after == side],
            level=LEVEL,
            reason=NO_JUDGEMENTS,
        )
        for side in (0, 1)
    ]
    difference = clustered_difference(
        hit.astype(float), is_after, question, question, level=LEVEL, reason=NO_JUDGEMENTS
    )
    return Change(axis=axis, before=share_of[0], after=share_of[1], difference=difference)


def _beside(answers: Iterable[ReadAnswer], language: str) -> list[AnswersTo]:
    texts: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for answer in sorted(answers, key=lambda answer: answer.number):
        texts[answer.question, answer.is_of_result].append(answer.text)
    return [
        AnswersTo(
            question=question,
            before=texts[question.matter, False],
            after=texts[question.matter, True],
        )
        for question in corpus(language).questions(held_out=True)
    ]
