"""What a condition may ask about: a closed list. A word that is not here is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kind(StrEnum):
    COUNT = "count"
    SHARE = "share"
    COEFFICIENT = "coefficient"
    HOURS = "hours"
    YES_NO = "yes_no"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something that is measured, and what it may be compared with.

    One with an interval is named with the bound that is meant: a condition on the bare value would
    take noise for news.
    """

    words: str | Promise
    kind: Kind
    has_interval: bool = False
    has_history: bool = True  # whether it is known later what it was at an earlier time

    @property
    def range(self) -> tuple[float, float]:
        return RANGES[self.kind]


RANGES: Mapping[Kind, tuple[float, float]] = {
    Kind.COUNT: (0, 10**12),
    Kind.SHARE: (0, 1),
    Kind.COEFFICIENT: (-1, 1),
    Kind.HOURS: (0, 10**6),
    Kind.YES_NO: (0, 1),
}

BOUNDS: Mapping[str, str | Promise] = {
    # Translators: of an interval; %(figure)s is a figure's name
    "lower": _("the lower end of %(figure)s"),
    "value": _("the value of %(figure)s"),
    "upper": _("the upper end of %(figure)s"),
}

FACTS: Mapping[str, Fact] = {
    "new_preferences": Fact(
        words=_("the number of new preferences since the last success"), kind=Kind.COUNT
    ),
    "preferences": Fact(words=_("the number of preferences"), kind=Kind.COUNT),
    "judgements": Fact(words=_("the number of judgements"), kind=Kind.COUNT),
    "annotators": Fact(words=_("the number of annotators"), kind=Kind.COUNT),
    "alpha": Fact(words=_("Krippendorff’s alpha"), kind=Kind.COEFFICIENT, has_interval=True),
    "gwet_ac1": Fact(words=_("Gwet’s AC1"), kind=Kind.COEFFICIENT, has_interval=True),
    "percent_agreement": Fact(
        words=_("the observed agreement"), kind=Kind.SHARE, has_interval=True
    ),
    "contested_share": Fact(
        words=_("the share of comparisons that people could not settle"),
        kind=Kind.SHARE,
        has_interval=True,
    ),
    "held_out_pairs": Fact(
        words=_("the number of pairs held out in the newest snapshot"), kind=Kind.COUNT
    ),
    "accuracy": Fact(
        words=_("the held-out accuracy of the newest evaluation"),
        kind=Kind.SHARE,
        has_interval=True,
    ),
    "hours_since_success": Fact(words=_("the time since the last success"), kind=Kind.HOURS),
    "unfinished_runs": Fact(
        words=_("the number of runs that wait or run"), kind=Kind.COUNT, has_history=False
    ),
    "worker_free": Fact(words=_("a training worker is free"), kind=Kind.YES_NO, has_history=False),
}


def known_names() -> list[str]:
    """Every name that a condition may use, in the order in which they are told."""
    return [
        name if bound is None else f"{name}.{bound}"
        for name, fact in FACTS.items()
        for bound in (BOUNDS if fact.has_interval else (None,))
    ]
