"""When a schedule may start: plain JSON over a closed vocabulary, checked when it is written.

    {"all": [{"fact": "alpha.lower", "at_least": 0.4, "for_hours": 24},
             {"fact": "accuracy.lower", "of": "challenger", "at_least": 0.6},
             {"not": {"fact": "unfinished_runs", "above": 3}}]}

There is no expression to parse and nothing to execute: `all`, `any` and `not` over comparisons of
one fact with one value. A fact of a model is of whatever bears the name in `of`.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from training.automation.step_sources import NAME
from training.automation.vocabulary import BOUNDS, FACTS, Fact, Kind, fact_key, known_names
from training.errors import ConditionRefused
from training.models import ModelRole

COMPARISONS = ("at_least", "at_most", "above", "below", "is")
DEEPEST = 5
MOST_CLAUSES = 30
LONGEST_HOURS = 24 * 90  # how long a clause may have to hold: as far back as facts are looked at


@dataclass(frozen=True)
class Clause:
    """One fact compared with one value, for so many hours on end."""

    fact: str
    bound: str  # of an interval: lower, value or upper; empty where the fact has none
    comparison: str
    wanted: float | bool
    for_hours: float = 0.0
    of: str = ""  # the name of the model that it is about; empty for a fact of the project

    @property
    def key(self) -> str:
        return fact_key(self.fact, self.of)


@dataclass(frozen=True)
class All:
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class AnyOf:
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Not:
    part: "Condition"


Condition = Clause | All | AnyOf | Not
NOTHING_ASKED: Mapping[str, Any] = {"all": []}


def parsed(value: Any, path: str = "conditions") -> Condition:
    """The condition that plain JSON means.

    Raises: ConditionRefused, whose field is the path of what is wrong, such as
        `conditions.all.0.fact`.
    """
    condition = _part(value, path, depth=1)
    n_clauses = sum(1 for _clause in clauses_of(condition))
    if n_clauses > MOST_CLAUSES:
        _refuse(
            path,
            n_clauses,
            _("At most %(most)d clauses may be named.") % {"most": MOST_CLAUSES},
        )
    return condition


def clauses_of(condition: Condition, path: str = "") -> Iterator[tuple[str, Clause]]:
    """Each clause with its place, such as `all.0.not`, in the order in which they are written."""
    match condition:
        case Clause():
            yield path, condition
        case Not(part):
            yield from clauses_of(part, step(path, "not"))
        case All(parts) | AnyOf(parts):
            word = "all" if isinstance(condition, All) else "any"
            for number, part in enumerate(parts):
                yield from clauses_of(part, step(path, f"{word}.{number}"))


def step(path: str, word: str) -> str:
    """The place one step further in."""
    return f"{path}.{word}" if path else word


def _part(value: Any, path: str, depth: int) -> Condition:
    if not isinstance(value, dict):
        _refuse(path, value, _("An object is needed here, such as {“all”: […]}."))
    if depth > DEEPEST:
        _refuse(path, value, _("Conditions are nested too deeply here."))
    if "fact" in value:
        return _clause(value, path)
    if len(value) != 1:
        _refuse(
            path, sorted(map(str, value)), _("One of “all”, “any”, “not” and “fact” is needed.")
        )
    [(word, inner)] = value.items()
    if word == "not":
        return Not(_part(inner, f"{path}.not", depth + 1))
    if word not in ("all", "any"):
        _refuse(f"{path}.{word}", word, _("There is no such word; known are all, any, not, fact."))
    if not isinstance(inner, list):
        _refuse(f"{path}.{word}", inner, _("A list of conditions is needed here."))
    if word == "any" and not inner:
        _refuse(f"{path}.any", inner, _("Of no conditions, none can hold: name one."))
    parts = tuple(
        _part(part, f"{path}.{word}.{number}", depth + 1) for number, part in enumerate(inner)
    )
    return All(parts) if word == "all" else AnyOf(parts)


def _clause(value: Mapping[str, Any], path: str) -> Clause:
    name, bound = _fact_named(value["fact"], f"{path}.fact")
    for word in value:
        if word not in ("fact", "of", "for_hours", *COMPARISONS):
            _refuse(
                f"{path}.{word}",
                word,
                _("There is no such word; known are %(known)s.")
                % {"known": ", ".join((*COMPARISONS, "of", "for_hours"))},
            )
    comparisons = [word for word in COMPARISONS if word in value]
    if len(comparisons) != 1:
        _refuse(
            path,
            comparisons,
            _("Exactly one of %(known)s is needed.") % {"known": ", ".join(COMPARISONS)},
        )
    [comparison] = comparisons
    wanted = _wanted(name, comparison, value[comparison], f"{path}.{comparison}")
    for_hours = value.get("for_hours", 0)
    if not _is_number(for_hours) or not 0 <= for_hours <= LONGEST_HOURS:
        _refuse(
            f"{path}.for_hours",
            for_hours,
            _("A number of hours from 0 to %(most)d is needed.") % {"most": LONGEST_HOURS},
        )
    of = _model_named(FACTS[name], value.get("of"), f"{path}.of")
    return Clause(name, bound, comparison, wanted, float(for_hours), of)


def _fact_named(value: Any, path: str) -> tuple[str, str]:
    name, _dot, bound = value.partition(".") if isinstance(value, str) else ("", "", "")
    fact = FACTS.get(name)
    if fact is None or (bound and not fact.has_interval) or (bound and bound not in BOUNDS):
        _refuse(
            path,
            value,
            _("There is no such fact; known are %(known)s.") % {"known": ", ".join(known_names())},
        )
    if fact.has_interval and not bound:
        _refuse(
            path,
            value,
            _("Say which end of the interval is meant: %(known)s.")
            % {"known": ", ".join(f"{name}.{end}" for end in BOUNDS)},
        )
    return name, bound


def _model_named(fact: Fact, value: Any, path: str) -> str:
    """The name of the model that is meant; the usual one where none is given."""
    if value is None:
        return fact.usual
    if not fact.roles:
        _refuse(path, value, _("This fact is of the project, and of no model."))
    found = NAME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        _refuse(
            path,
            value,
            _("A name is needed here, such as champion, challenger or reward_model/champion."),
        )
    if (ModelRole.REWARD_MODEL if found["role"] else ModelRole.POLICY) not in fact.roles:
        _refuse(
            path,
            value,
            _("This fact is of %(kinds)s.")
            % {"kinds": _(" or ").join(str(role.label) for role in fact.roles)},
        )
    return found.group().lower()  # as names are given


def _wanted(name: str, comparison: str, value: Any, path: str) -> float | bool:
    fact = FACTS[name]
    if (fact.kind is Kind.YES_NO) != (comparison == "is"):
        _refuse(path, comparison, _("Yes-or-no facts take “is”, and numbers everything else."))
    if fact.kind is Kind.YES_NO:
        if not isinstance(value, bool):
            _refuse(path, value, _("Either true or false is needed here."))
        return value
    least, most = fact.range
    if not _is_number(value) or not least <= value <= most:
        _refuse(
            path,
            value,
            _("A number from %(least)g to %(most)g is needed.") % {"least": least, "most": most},
        )
    return float(value)


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or math.isfinite(value)  # an int may be too long for a float


def _refuse(path: str, value: Any, why: str) -> NoReturn:
    raise ConditionRefused(
        _("%(path)s: %(why)s") % {"path": path, "why": why}, field=path, value=value
    )
