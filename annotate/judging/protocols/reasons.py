"""Why: short words to be picked, as many as hold."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _

from annotate.judging.answers import Answer
from annotate.judging.protocols.part import About, Part, Settings, refuse

MOST_CHOICES = 9  # one digit each


class Reasons(Part):
    """Required only where one answer is better: a tie gives no reason to be picked."""

    name: ClassVar[str] = "reasons"
    field: ClassVar[str] = "reasons"
    columns: ClassVar[tuple[str, ...]] = ("reasons",)

    def declared(self, settings: Any) -> dict[str, Any]:
        settings = self._known(settings, ("choices", "required"))
        return {
            "choices": self._names(settings, "choices", most=MOST_CHOICES),
            "required": self._flag(settings, "required"),
        }

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

    def schema(self, settings: Settings) -> dict[str, Any]:
        return {"type": "array", "items": {"enum": settings["choices"]}, "uniqueItems": True}
