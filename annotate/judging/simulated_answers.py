"""What a simulated annotator answers: the recorded preference blurred by errors, and the rest.

Everything follows from the seed, the annotator, the comparison's texts and the sides, so the same
simulation says the same again. The verdict is drawn apart from the other parts: what else a
protocol asks changes no verdict.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from alignment_core.formats.likeness import look_the_same
from annotate.judging.answers import LONGEST_EDIT, Answer
from annotate.judging.protocols.criteria import ratings_of
from annotate.judging.protocols.declaration import Declaration, parts_of
from annotate.judging.protocols.part import BETTER, SIDES, Settings
from annotate.judging.protocols.ranking import BESIDE
from annotate.judging.protocols.strength import steps_of
from annotate.judging.screen_order import as_shown
from annotate.models import Comparison, Completion, Lease, Verdict

LEFT, RIGHT, TIE = "left", "right", "tie"
OTHER = {LEFT: RIGHT, RIGHT: LEFT}
RANKS = {LEFT: (1, 2), RIGHT: (2, 1), TIE: (1, 1)}
NOTES = ("The other one leaves out half of the question.", "It says what it does not know.")
NOTES_EVEN = ("They say the same in other words.", "Each has one mistake.")
NOTE_RATE, EDIT_RATE = 0.15, 0.3  # where they are not required
CLOSING = "Ask again if something is unclear."


@dataclass(frozen=True)
class Habits:
    """How a simulated annotator judges; shares in [0, 1]."""

    seed: int
    number: int
    error_rate: float  # of saying the opposite of what people recorded
    left_bias: float  # of taking the left side without reading
    tie_rate: float

    def draw(self, lease: Lease, *, part: str = "") -> random.Random:
        """Chance for one comparison or set, and for one part of the answer to it."""
        answers = sorted(one.digest for one in _answers_of(lease))  # in no one's order
        texts = [lease.comparison.prompt.digest, *answers]
        return random.Random(f"{self.seed}:{self.number}:{texts}" + (f":{part}" if part else ""))

    def side(self, lease: Lease) -> str:
        draw = self.draw(lease)
        if draw.random() < self.left_bias:
            return LEFT
        recorded = lease.comparison.recorded_verdict
        if recorded == Verdict.TIE or draw.random() < self.tie_rate:
            return TIE
        is_left = (recorded == Verdict.FIRST) == lease.first_is_left
        is_wrong = draw.random() < self.error_rate
        return LEFT if is_left != is_wrong else RIGHT


def _answers_of(lease: Lease) -> list[Completion]:
    if lease.comparison.completion_set_id is None:
        return [lease.comparison.first, lease.comparison.second]
    return [member.completion for member in as_shown(lease)]


@dataclass(frozen=True)
class Chosen:
    """The verdict that the other parts go with, and the two answers by side."""

    side: str
    texts: Mapping[str, str]

    @property
    def is_one_better(self) -> bool:
        return self.side in OTHER

    def shares(self, draw: random.Random) -> dict[str, float]:
        """How good each answer is, from 0 to 1: the better one by more than chance."""
        best = draw.uniform(0.5, 1.0)
        behind = draw.uniform(0.1, 0.5) if self.is_one_better else 0.0
        better = self.side if self.is_one_better else LEFT
        return {better: best, OTHER[better]: best - behind}


def answer_of(habits: Habits, lease: Lease, declaration: Declaration) -> Answer:
    """All that is asked of what the lease is about. Its comparison has its texts."""
    if lease.comparison.completion_set_id is not None:
        return _order_of_set(habits, lease, declaration)
    side = habits.side(lease)
    if side == TIE and Verdict.TIE not in declaration["verdicts"]:
        side = LEFT if lease.first_is_left else RIGHT
    first, second = lease.comparison.first.text, lease.comparison.second.text
    texts = (first, second) if lease.first_is_left else (second, first)
    chosen = Chosen(side, dict(zip(SIDES, texts, strict=True)))
    said = _parts(habits, lease, declaration, chosen)
    if "ranking" in declaration:  # the order says the side
        return Answer(side="", ranks=RANKS[side], **said)
    return Answer(side=side, **said)


def _order_of_set(habits: Habits, lease: Lease, declaration: Declaration) -> Answer:
    """By how often each was recorded as the better one, give or take; nobody shares a place."""
    draw = habits.draw(lease, part="ranking")
    wins: Counter[int] = Counter()
    recorded = Comparison.objects.filter(completion_set=lease.comparison.completion_set_id)
    for one in recorded.filter(recorded_verdict__in=BETTER):
        wins[one.first_id if one.recorded_verdict == Verdict.FIRST else one.second_id] += 1
    answers = _answers_of(lease)
    shown = [one.pk for one in answers]
    blurred = {
        one.pk: wins[one.pk] + draw.gauss(0, 2 * habits.error_rate)
        for one in sorted(answers, key=attrgetter("digest"))
    }
    best_first = sorted(shown, key=lambda one: -blurred[one])
    beside = {name: declaration[name] for name in BESIDE if name in declaration}
    said = _parts(habits, lease, beside, Chosen(LEFT, {}))
    return Answer(side="", ranks=[best_first.index(one) + 1 for one in shown], **said)


def _parts(
    habits: Habits, lease: Lease, declaration: Declaration, chosen: Chosen
) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for part in parts_of(declaration):
        if part.name in SAID:
            draw = habits.draw(lease, part=part.name)
            said |= SAID[part.name](chosen, declaration[part.name], draw)
    return said


def cannot_say(declaration: Declaration) -> list[str]:
    """The parts required that a simulated annotator has no answer to."""
    return [
        part.name
        for part in parts_of(declaration)
        if part.field and not part.is_always_asked and part.name not in (*SAID, "ranking")
        if declaration[part.name]["required"]
    ]


def _strength(chosen: Chosen, settings: Settings, draw: random.Random) -> dict[str, Any]:
    if not chosen.is_one_better:
        return {}
    steps = steps_of(settings)  # the ends are rarer than what lies between
    weights = [1 if step in (steps[0], steps[-1]) else 2 for step in steps]
    return {"strength": draw.choices(steps, weights)[0]}


def _acceptability(chosen: Chosen, _settings: Settings, draw: random.Random) -> dict[str, Any]:
    shares = chosen.shares(draw)
    return {"acceptable": {side: shares[side] > 0.4 for side in SIDES}}


def _criteria(chosen: Chosen, settings: Settings, draw: random.Random) -> dict[str, Any]:
    ratings = ratings_of(settings)
    shares = chosen.shares(draw)

    def rating(side: str) -> int:
        share = min(1.0, max(0.0, shares[side] + draw.uniform(-0.2, 0.2)))
        return ratings[round(share * (len(ratings) - 1))]

    return {
        "criteria": {name: {side: rating(side) for side in SIDES} for name in settings["names"]}
    }


def _reasons(chosen: Chosen, settings: Settings, draw: random.Random) -> dict[str, Any]:
    choices: Sequence[str] = settings["choices"]
    if not chosen.is_one_better:
        return {}
    picked = draw.sample(choices, min(len(choices), draw.choice([1, 1, 2])))
    return {"reasons": [reason for reason in choices if reason in picked]}


def _note(chosen: Chosen, settings: Settings, draw: random.Random) -> dict[str, Any]:
    is_given = settings["required"] or draw.random() < NOTE_RATE
    return {"note": draw.choice(NOTES if chosen.is_one_better else NOTES_EVEN)} if is_given else {}


def _edit(chosen: Chosen, settings: Settings, draw: random.Random) -> dict[str, Any]:
    """The better answer without its last sentence, or with one more."""
    is_given = settings["required"] or draw.random() < EDIT_RATE
    if not chosen.is_one_better or not is_given:
        return {}
    text = chosen.texts[chosen.side].rstrip()
    edits = [text[: text.rstrip(".。").rfind(". ") + 1], f"{text}\n\n{CLOSING}"]
    draw.shuffle(edits)
    edits += [CLOSING, f"{CLOSING} {CLOSING}", f"{CLOSING} {CLOSING} {CLOSING}"]
    return {"edited_text": next(one for one in edits if _is_an_edit(one, chosen))}


def _is_an_edit(text: str, chosen: Chosen) -> bool:
    is_new = not any(look_the_same(text, one) for one in chosen.texts.values())
    return bool(text) and is_new and len(text) <= LONGEST_EDIT


SAID: dict[str, Callable[[Chosen, Settings, random.Random], dict[str, Any]]] = {
    "strength": _strength,
    "acceptability": _acceptability,
    "criteria": _criteria,
    "reasons": _reasons,
    "note": _note,
    "edit": _edit,
}
