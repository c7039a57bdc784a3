"""What a condition may ask about: a closed list. A word that is not here is refused."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from training.models import CHALLENGER, CHAMPION, ModelRole


class Kind(StrEnum):
    COUNT = "count"
    SHARE = "share"
    DIFFERENCE = "difference"  # of two shares
    COEFFICIENT = "coefficient"
    EVIDENCE = "evidence"  # an e-value: 20 is what decides
    HOURS = "hours"
    SECONDS = "seconds"
    YES_NO = "yes_no"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something that is measured, and what it may be compared with.

    One with an interval is named with the bound that is meant: a condition on the bare value would
    take noise for news. One of a model is of whatever bears a name in the project: `usual` where
    the condition names none. Its words have a place for the model, and for the one beside it.
    """

    words: str | Promise
    kind: Kind
    choice: str | Promise = ""  # of one of a model: what it is called where no model is named
    has_interval: bool = False
    has_history: bool = True  # whether it is known later what it was at an earlier time
    roles: tuple[ModelRole, ...] = ()  # of the models that have it; none: it is of the project
    usual: str = ""

    @property
    def range(self) -> tuple[float, float]:
        """What it may be compared with."""
        return RANGES[self.kind]

    @property
    def possible(self) -> tuple[float, float]:
        """What it may ever be."""
        least, most = self.range
        return (least, most) if self.kind in BETWEEN_TWO_ENDS else (least, math.inf)


RANGES: Mapping[Kind, tuple[float, float]] = {
    Kind.COUNT: (0, 10**12),
    Kind.SHARE: (0, 1),
    Kind.DIFFERENCE: (-1, 1),
    Kind.COEFFICIENT: (-1, 1),
    Kind.EVIDENCE: (0, 10**12),
    Kind.HOURS: (0, 10**6),
    Kind.SECONDS: (0, 10**9),
    Kind.YES_NO: (0, 1),
}
BETWEEN_TWO_ENDS = (Kind.SHARE, Kind.DIFFERENCE, Kind.COEFFICIENT)
NO_LIMIT = 10.0**10  # seconds: what is left where nobody has set a limit, above all that is wanted
REWARD_CHAMPION = f"{ModelRole.REWARD_MODEL}/{CHAMPION}"
WRITERS = (ModelRole.POLICY,)

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
        words=_("the held-out accuracy of %(model)s"),
        choice=_("the held-out accuracy of a model"),
        kind=Kind.SHARE,
        has_interval=True,
        roles=(ModelRole.POLICY, ModelRole.REWARD_MODEL),
        usual=CHAMPION,
    ),
    "calibration_error": Fact(
        words=_("the calibration error of %(model)s"),
        choice=_("the calibration error of a reward model"),
        kind=Kind.SHARE,
        has_interval=True,
        roles=(ModelRole.REWARD_MODEL,),
        usual=REWARD_CHAMPION,
    ),
    "more_harm": Fact(
        words=_("the increase in harm given from %(beside)s to %(model)s"),
        choice=_("the increase in harm given by a model"),
        kind=Kind.DIFFERENCE,
        has_interval=True,
        roles=WRITERS,
        usual=CHALLENGER,
    ),
    "more_refused": Fact(
        words=_("the increase in harmless prompts refused from %(beside)s to %(model)s"),
        choice=_("the increase in harmless prompts refused by a model"),
        kind=Kind.DIFFERENCE,
        has_interval=True,
        roles=WRITERS,
        usual=CHALLENGER,
    ),
    "blind_win_rate": Fact(
        words=_("the blind win rate of %(model)s over %(beside)s"),
        choice=_("the blind win rate of a model"),
        kind=Kind.SHARE,
        has_interval=True,
        roles=WRITERS,
        usual=CHALLENGER,
    ),
    "blind_e_value": Fact(
        words=_("the e-value of the blind comparison of %(model)s with %(beside)s"),
        choice=_("the e-value of the blind comparison of a model"),
        kind=Kind.EVIDENCE,
        roles=WRITERS,
        usual=CHALLENGER,
    ),
    "hours_since_success": Fact(words=_("the time since the last success"), kind=Kind.HOURS),
    "budget_seconds_left": Fact(
        words=_("the machine time left of the project’s seven days"), kind=Kind.SECONDS
    ),
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


def fact_key(name: str, of: str) -> str:
    """Under which a fact is stored: of a model, with the model's name."""
    return f"{name}@{of}" if of else name
