"""How much better: four steps on each side, or three with “the same” between them.

Stored as 0 to 3 towards the answer chosen, 3 the most. Of four steps the weakest is 0, “negligibly
better”, as in Llama 2 (Touvron et al. 2023); −3…3 has no such step, as 0 is a tie there.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.judging.answers import Answer
from annotate.judging.protocols.part import REQUIRED, About, Part, Settings, refuse
from annotate.judging.protocols.part_settings import OneOf, Said, Setting
from annotate.judging.protocols.question import SCALE, Given, Places, Question
from annotate.models import Verdict

EVEN = "even"  # as the agreement library calls the middle of that scale
MOST = 3
SCALES: dict[str, tuple[int, ...]] = {"four": (3, 2, 1, 0), "three": (3, 2, 1)}
SCALE_WORDS: dict[str, Said] = {
    "four": gettext_lazy("four steps on each side"),
    "three": gettext_lazy("−3 to 3: three steps on each side"),
}


class Strength(Part):
    name: ClassVar[str] = "strength"
    field: ClassVar[str] = "strength"
    columns: ClassVar[tuple[str, ...]] = ("strength",)
    label: ClassVar[Said] = gettext_lazy("Strength")
    about: ClassVar[Said] = gettext_lazy("How much better, said by the same button: no key more.")
    settings: ClassVar[tuple[Setting, ...]] = (
        OneOf(name="scale", label=gettext_lazy("Scale"), options=SCALE_WORDS),
        REQUIRED,
    )
    is_on_buttons: ClassVar[bool] = True

    def given(self, answer: Answer) -> Any:
        return answer.strength

    def is_required(self, settings: Settings, about: About) -> bool:
        return bool(settings["required"]) and about.is_one_better

    def check(self, given: Any, settings: Settings, about: About) -> None:
        steps = steps_of(settings) if about.is_one_better else ()
        if given in steps or (given == 0 and about.verdict == Verdict.TIE):
            return
        if not steps:
            raise refuse(self, _("Only an answer that is better has a strength."), given)
        raise refuse(
            self,
            _("The strength must be one of: %(known)s.") % {"known": ", ".join(map(str, steps))},
            given,
        )

    def schema(self, settings: Settings) -> dict[str, Any]:
        return {"type": "integer", "enum": sorted({0, *steps_of(settings)})}

    def questions(self, settings: Settings, verdicts: Sequence[str]) -> Sequence[Question]:
        return [strength_question(steps_of(settings), has_ties=Verdict.TIE in verdicts)]

    def places(self, question: Question, given: Given) -> Places:
        step = EVEN if given.verdict == Verdict.TIE else f"{given.verdict} by {given.strength}"
        return (question.scale.index(step) if step in question.scale else None,)


def strength_question(steps: Sequence[int], *, has_ties: bool) -> Question:
    """From the most for the second answer to the most for the first."""
    scale = [f"{Verdict.SECOND} by {n}" for n in sorted(steps, reverse=True)]
    scale += [EVEN] if has_ties else []
    scale += [f"{Verdict.FIRST} by {n}" for n in sorted(steps)]
    return Question("strength", "", SCALE, tuple(scale))


def steps_of(settings: Settings) -> Sequence[int]:
    """The strengths of one side, the most first."""
    return SCALES[settings["scale"]]


def steps_in(question: Question) -> list[int]:
    """The strengths on a question's scale, the least first."""
    return [n for n in range(MOST + 1) if f"{Verdict.FIRST} by {n}" in question.scale]
