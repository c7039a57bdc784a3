"""Why: short words to be picked, as many as hold."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.judging.answers import Answer
from annotate.judging.protocols.part import REQUIRED, About, Keys, Part, Settings, refuse
from annotate.judging.protocols.part_settings import Names, Said, Setting
from annotate.judging.protocols.question import FOR_WHICH, PICKED, Given, Places, Question

MOST_CHOICES = 9  # one digit each


class Reasons(Part):
    """Required only where one answer is better: a tie gives no reason to be picked."""

    name: ClassVar[str] = "reasons"
    field: ClassVar[str] = "reasons"
    columns: ClassVar[tuple[str, ...]] = ("reasons",)
    label: ClassVar[Said] = gettext_lazy("Reasons")
    about: ClassVar[Said] = gettext_lazy(
        "Why it is better: short words, of which several may hold."
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Names(name="choices", label=gettext_lazy("Reasons to pick"), most=MOST_CHOICES),
        REQUIRED,
    )

    def given(self, answer: Answer) -> Any:
        return list(answer.reasons) or None

    def is_required(self, settings: Settings, about: About) -> bool:
        return bool(settings["required"]) and about.is_one_better

    def check(self, given: Any, settings: Settings, _about: About) -> None:
        for reason in given:
            if reason not in settings["choices"]:
                raise refuse(self, _("This is none of the reasons offered."), reason)
            if given.count(reason) > 1:
                raise refuse(self, _("This is named twice."), reason)

    def keys(self, settings: Settings) -> Keys:
        return Keys(1 if settings["required"] else 0, len(settings["choices"]))

    def schema(self, settings: Settings) -> dict[str, Any]:
        return {"type": "array", "items": {"enum": settings["choices"]}, "uniqueItems": True}

    def questions(self, settings: Settings, _verdicts: Sequence[str]) -> Sequence[Question]:
        among = tuple(settings["choices"])
        return [Question(self.name, name, PICKED, FOR_WHICH, among=among) for name in among]

    def places(self, question: Question, given: Given) -> Places:
        """For which answer it was given: the same reason for the other one is another reason."""
        if not isinstance(given.reasons, list) or question.name not in given.reasons:
            return (FOR_WHICH.index("none"),)
        which = given.verdict if given.verdict in FOR_WHICH else "neither"
        return (FOR_WHICH.index(which),)
