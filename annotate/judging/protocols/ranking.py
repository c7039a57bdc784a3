"""All answers put in order at once: two of a comparison, or the three to nine of a set.

Llama 2 and InstructGPT asked for orders of four to nine (Ouyang et al. 2022): K answers imply
K (K - 1) / 2 comparisons. Where a tie is among the verdicts, answers may share a place.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.errors import InvalidInput
from annotate.judging.answers import Answer
from annotate.judging.protocols.part import About, Keys, Part, Settings, refuse
from annotate.judging.protocols.part_settings import Said, Setting
from annotate.models import MOST_RANKED, Verdict

BESIDE = ("verdicts", "ranking", "reasons", "note")  # the others speak of two answers


class Ranking(Part):
    """Always required: with it, the verdict is what the order says."""

    name: ClassVar[str] = "ranking"
    field: ClassVar[str] = "ranks"
    columns: ClassVar[tuple[str, ...]] = ()  # the verdict of each pair says it

    label: ClassVar[Said] = gettext_lazy("Order of all answers")
    about: ClassVar[Said] = gettext_lazy(
        "Two to nine answers are put in order at once. Where “about the same” is offered, answers "
        "may share a place."
    )
    settings: ClassVar[tuple[Setting, ...]] = ()
    is_on_buttons: ClassVar[bool] = True

    def declared(self, settings: Any) -> dict[str, Any]:
        if settings != {"required": True}:  # as it is stored
            self._known(settings)
        return {"required": True}

    def check_beside(self, declaration: Mapping[str, Any]) -> None:
        """Raises: InvalidInput for what only two answers have."""
        for name in declaration:
            if name not in BESIDE:
                raise InvalidInput(
                    _("A ranking can be asked for with reasons and a note, and nothing else."),
                    field=name,
                    value=name,
                )
        if Verdict.BOTH_BAD in declaration["verdicts"]:
            raise InvalidInput(
                _("A ranking has no “both bad”."), field="verdicts", value=Verdict.BOTH_BAD.value
            )

    def keys(self, _settings: Settings) -> Keys:
        return Keys(2, 2 * MOST_RANKED)  # an answer and its place; the verdict's key is Enter

    def given(self, answer: Answer) -> Any:
        return answer.ranks

    def check(self, given: Any, _settings: Settings, _about: About) -> None:
        check_ranks(given, n_ranked=2)

    def schema(self, _settings: Settings) -> dict[str, Any]:
        rank = {"type": "integer", "minimum": 1, "maximum": MOST_RANKED}
        return {"type": "array", "items": rank, "minItems": 2, "maxItems": MOST_RANKED}


def check_ranks(given: Any, *, n_ranked: int) -> None:
    """Raises: InvalidInput, unless it is a place from 1 on for each answer on the screen."""
    if not isinstance(given, list | tuple) or len(given) != n_ranked:
        raise refuse(
            _PART, _("Give a place to each of the %(n)d answers.") % {"n": n_ranked}, given
        )
    for number, rank in enumerate(given):
        if type(rank) is not int or not 1 <= rank <= n_ranked:  # no bool, no float
            raise refuse(
                _PART,
                _("A place is a whole number from 1 to %(n)d.") % {"n": n_ranked},
                rank,
                inside=str(number),
            )


def side_by(ranks: Sequence[int]) -> str:
    """What an order of two answers says: left, right or tie."""
    left, right = ranks
    return "left" if left < right else "right" if right < left else "tie"


_PART = Ranking()
