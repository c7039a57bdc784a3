"""Which of the two is better, or neither: always asked."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.errors import InvalidInput, VerdictNotOffered
from annotate.judging.answers import Answer
from annotate.judging.protocols.part import BETTER, About, Keys, Part
from annotate.judging.protocols.part_settings import Said, Setting, Several
from annotate.models import Verdict

SIDE_OF = {Verdict.FIRST: "left", Verdict.SECOND: "right"}  # by lot: as names of what is sent


class Verdicts(Part):
    """The settings are the list of verdicts offered; both preferences are among them."""

    name: ClassVar[str] = "verdicts"
    field: ClassVar[str] = "verdict"
    columns: ClassVar[tuple[str, ...]] = ("verdict",)
    label: ClassVar[Said] = gettext_lazy("Verdicts")
    about: ClassVar[Said] = gettext_lazy("Which answer is better; and what else may be said.")
    settings: ClassVar[tuple[Setting, ...]] = (
        Several(
            name="offered",
            label=gettext_lazy("Offered besides “A is better” and “B is better”"),
            always=tuple(BETTER),
            options={verdict.value: verdict.label for verdict in Verdict if verdict not in BETTER},
        ),
    )
    is_always_asked: ClassVar[bool] = True
    is_on_buttons: ClassVar[bool] = True

    def declared(self, settings: Any) -> Any:
        offered = settings if isinstance(settings, list) else [settings]
        for verdict in offered:
            if verdict not in Verdict.values:
                raise InvalidInput(
                    _("There is no such verdict."), field=self.name, value=str(verdict)[:80]
                )
        if not set(BETTER) <= set(offered):
            raise InvalidInput(
                _("Both “first” and “second” must be offered."),
                field=self.name,
                value=str(settings)[:80],
            )
        return [verdict.value for verdict in Verdict if verdict in offered]

    def by_setting(self, declared: Any) -> Mapping[str, Any]:
        return {"offered": declared}

    def from_settings(self, chosen: Mapping[str, Any]) -> Any:
        return chosen["offered"]

    def given(self, answer: Answer) -> Any:
        return answer.side

    def check(self, _given: Any, settings: Any, about: About) -> None:
        if about.verdict not in settings:
            raise VerdictNotOffered(field=self.field, value=about.verdict.value)

    def is_required(self, _settings: Any, _about: About) -> bool:
        return True

    def keys(self, _settings: Any) -> Keys:
        return Keys(1, 1)

    def schema(self, settings: Any) -> dict[str, Any]:
        return {"enum": [SIDE_OF.get(verdict, verdict) for verdict in settings]}
