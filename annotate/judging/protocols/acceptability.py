"""Whether each answer is good enough by itself, whichever is the better one."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.judging.answers import Answer
from annotate.judging.protocols.criteria import by_side
from annotate.judging.protocols.part import SIDES, About, Keys, Part, Settings, refuse
from annotate.judging.protocols.part_settings import Said
from annotate.judging.protocols.question import YES_NO, Given, Places, Question


class Acceptability(Part):
    name: ClassVar[str] = "acceptability"
    field: ClassVar[str] = "acceptable"
    columns: ClassVar[tuple[str, ...]] = ("first_acceptable", "second_acceptable")
    label: ClassVar[Said] = gettext_lazy("Good enough")
    about: ClassVar[Said] = gettext_lazy(
        "Whether each answer is good enough by itself: yes or no, whichever is better."
    )

    def given(self, answer: Answer) -> Any:
        return answer.acceptable or None

    def check(self, given: Any, settings: Settings, _about: About) -> None:
        for side, value in given.items():
            if side not in SIDES or not isinstance(value, bool):
                raise refuse(self, _("Say true or false of “left” and “right”."), value)
        for side in SIDES if settings["required"] else ():
            if side not in given:
                raise refuse(self, _("This is not said yet."), "", inside=side)

    def keys(self, settings: Settings) -> Keys:
        return Keys(len(SIDES) if settings["required"] else 0, len(SIDES))

    def schema(self, settings: Settings) -> dict[str, Any]:
        return by_side({"type": "boolean"}, settings)

    def questions(self, _settings: Settings, _verdicts: Sequence[str]) -> Sequence[Question]:
        return [Question(self.name, "", YES_NO, ("no", "yes"), is_of_each=True)]

    def places(self, _question: Question, given: Given) -> Places:
        of_each = given.first_acceptable, given.second_acceptable
        return tuple(None if one is None else int(one) for one in of_each)
