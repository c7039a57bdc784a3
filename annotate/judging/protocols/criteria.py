"""Each answer by several criteria, 0 to 4, as in HelpSteer (Wang et al. 2023)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from annotate.judging.answers import Answer
from annotate.judging.protocols.part import SIDES, About, Part, Settings, refuse

MOST_CRITERIA = 8
LEAST, MOST = 0, 4
RATINGS = range(LEAST, MOST + 1)


class Criteria(Part):
    """Given by sides, stored by completions: {"helpfulness": {"first": 4, "second": 2}}."""

    name: ClassVar[str] = "criteria"
    field: ClassVar[str] = "criteria"
    columns: ClassVar[tuple[str, ...]] = ("criteria",)

    def declared(self, settings: Any) -> dict[str, Any]:
        settings = self._known(settings, ("names", "required"))
        return {
            "names": self._names(settings, "names", most=MOST_CRITERIA),
            "required": self._flag(settings, "required"),
        }

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
            if type(rating) is not int or rating not in RATINGS:  # no bool, no float
                raise refuse(
                    self,
                    _("A rating is a whole number from 0 to 4."),
                    rating,
                    inside=f"{name}.{side}",
                )

    def schema(self, settings: Settings) -> dict[str, Any]:
        rating = {"type": "integer", "minimum": LEAST, "maximum": MOST}
        return _object(dict.fromkeys(settings["names"], by_side(rating, settings)), settings)


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
