"""Each answer by several criteria, usually 0 to 4, as in HelpSteer (Wang et al. 2023)."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.errors import InvalidInput
from annotate.judging.answers import Answer
from annotate.judging.protocols.part import REQUIRED, SIDES, About, Keys, Part, Settings, refuse
from annotate.judging.protocols.part_settings import Names, Said, Setting, Whole, Words
from annotate.judging.protocols.question import SCALE, Given, Places, Question
from annotate.models import Verdict

MOST_CRITERIA = 8
LOWEST, HIGHEST = 0, 9  # of any scale: a rating is one digit
ENDS = {"least": gettext_lazy("the lowest rating"), "most": gettext_lazy("the highest rating")}


class Criteria(Part):
    """Given by sides, stored by completions: {"helpfulness": {"first": 4, "second": 2}}."""

    name: ClassVar[str] = "criteria"
    field: ClassVar[str] = "criteria"
    columns: ClassVar[tuple[str, ...]] = ("criteria",)
    label: ClassVar[Said] = gettext_lazy("Criteria")
    about: ClassVar[Said] = gettext_lazy("Both answers rated by each criterion.")
    settings: ClassVar[tuple[Setting, ...]] = (
        Names(name="names", label=gettext_lazy("Criteria to rate by"), most=MOST_CRITERIA),
        Whole(
            name="least",
            label=gettext_lazy("Lowest rating"),
            least=LOWEST,
            most=HIGHEST,
            usual=0,
        ),
        Whole(
            name="most",
            label=gettext_lazy("Highest rating"),
            least=LOWEST,
            most=HIGHEST,
            usual=4,
        ),
        Words(name="anchors", label=gettext_lazy("What the ends of the scale mean"), of=ENDS),
        REQUIRED,
    )

    def declared(self, settings: Any) -> dict[str, Any]:
        declared: dict[str, Any] = super().declared(settings)
        ratings = ratings_of(declared)
        if len(ratings) < 2:
            raise InvalidInput(
                _("The highest rating must be above the lowest."),
                field=f"{self.name}.most",
                value=ratings.stop - 1,
            )
        return declared

    def given(self, answer: Answer) -> Any:
        return answer.criteria or None

    def check(self, given: Any, settings: Settings, _about: About) -> None:
        for name, ratings in given.items():
            self._check_one(name, ratings, settings)
        for name in settings["names"] if settings["required"] else ():
            for side in SIDES:
                if side not in given.get(name, {}):
                    raise refuse(self, _("This is not rated yet."), "", inside=f"{name}.{side}")

    def _check_one(self, name: str, ratings: Any, settings: Settings) -> None:
        if name not in settings["names"]:
            raise refuse(self, _("There is no such criterion."), name, inside=name)
        if not isinstance(ratings, Mapping) or not ratings:
            raise refuse(self, _("Rate “left” and “right”."), ratings, inside=name)
        for side, rating in ratings.items():
            if side not in SIDES:
                raise refuse(self, _("Rate “left” and “right”."), side, inside=name)
            ratings = ratings_of(settings)
            if type(rating) is not int or rating not in ratings:  # no bool, no float
                message = _("A rating is a whole number from %(least)d to %(most)d.")
                bounds = {"least": ratings.start, "most": ratings.stop - 1}
                raise refuse(self, message % bounds, rating, inside=f"{name}.{side}")

    def keys(self, settings: Settings) -> Keys:
        n_ratings = len(SIDES) * len(settings["names"])
        return Keys(n_ratings if settings["required"] else 0, n_ratings)

    def schema(self, settings: Settings) -> dict[str, Any]:
        ratings = ratings_of(settings)
        rating = {"type": "integer", "minimum": ratings.start, "maximum": ratings.stop - 1}
        return _object(dict.fromkeys(settings["names"], by_side(rating, settings)), settings)

    def questions(self, settings: Settings, _verdicts: Sequence[str]) -> Sequence[Question]:
        scale = tuple(map(str, ratings_of(settings)))
        return [
            Question(self.name, name, SCALE, scale, is_of_each=True) for name in settings["names"]
        ]

    def places(self, question: Question, given: Given) -> Places:
        criteria = given.criteria if isinstance(given.criteria, Mapping) else {}
        ratings = criteria.get(question.name)
        if not isinstance(ratings, Mapping):
            return None, None
        of_each = ratings.get(Verdict.FIRST), ratings.get(Verdict.SECOND)
        return tuple(
            question.scale.index(str(one))
            if type(one) is int and str(one) in question.scale
            else None
            for one in of_each
        )


def ratings_of(settings: Settings) -> range:
    """The ratings that an answer may be given."""
    return range(settings.get("least", 0), settings.get("most", 4) + 1)


def by_side(each: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """JSON Schema of a value for the left and one for the right answer."""
    return _object(dict.fromkeys(SIDES, each), settings)


def _object(properties: dict[str, Any], settings: Settings) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if settings["required"] else [],
        "additionalProperties": False,
    }
