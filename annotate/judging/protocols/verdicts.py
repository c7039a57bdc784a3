"""Which of the two is better, or neither: always asked."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _

from annotate.errors import InvalidInput, VerdictNotOffered
from annotate.judging.answers import Answer
from annotate.judging.protocols.part import BETTER, About, Part
from annotate.models import Verdict

SIDE_OF = {Verdict.FIRST: "left", Verdict.SECOND: "right"}  # by lot: as names of what is sent


class Verdicts(Part):
    """The settings are the list of verdicts offered; both preferences are among them."""

    name: ClassVar[str] = "verdicts"
    field: ClassVar[str] = "verdict"
    columns: ClassVar[tuple[str, ...]] = ("verdict",)

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

    def given(self, answer: Answer) -> Any:
        return answer.side

    def check(self, _given: Any, settings: Any, about: About) -> None:
        if about.verdict not in settings:
            raise VerdictNotOffered(field=self.field, value=about.verdict.value)

    def schema(self, settings: Any) -> dict[str, Any]:
        return {"enum": [SIDE_OF.get(verdict, verdict) for verdict in settings]}
