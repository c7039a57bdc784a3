"""Whether a condition holds, by facts that were measured before; what is not known is said so.

Truth has three values. Where a fact is not known, neither is its clause; `all` is false as soon as
one part is, `any` true as soon as one is, and otherwise what is unknown stays unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from training.automation.conditions import All, AnyOf, Clause, Condition, Not, step

Truth = bool | None  # None: not known


@dataclass(frozen=True)
class Measured:
    """A fact as it was measured: the value, with its interval and count where it has them.

    One of a model says which checkpoint bore the name then, by id and by name, and which it was
    set beside; an empty id is that nobody did. `is_hidden`: it is of one that the reader may not
    see, so nothing of it is told.
    """

    value: float | bool | None = None
    lower: float | None = None
    upper: float | None = None
    n: int | None = None
    checkpoint: str | None = None
    called: str | None = None
    beside: str | None = None
    is_hidden: bool = False

    @property
    def is_of_nobody(self) -> bool:
        return self.checkpoint == ""

    def at(self, bound: str) -> float | bool | None:
        return {"lower": self.lower, "upper": self.upper}.get(bound, self.value)


NOT_KNOWN = Measured()


@dataclass(frozen=True)
class JudgedClause:
    """A clause with what was measured; `since` is when it began to hold, if it does."""

    path: str
    clause: Clause
    measured: Measured
    truth: Truth
    since: datetime | None

    @property
    def found(self) -> float | bool | None:
        return self.measured.at(self.clause.bound)


@dataclass(frozen=True)
class Evaluated:
    truth: Truth
    clauses: tuple[JudgedClause, ...]

    @property
    def held_since(self) -> dict[str, datetime]:
        """What the next evaluation has to know: since when each clause has been holding."""
        return {one.path: one.since for one in self.clauses if one.since is not None}

    @property
    def truths(self) -> tuple[Truth, ...]:
        return tuple(one.truth for one in self.clauses)


def evaluate(
    condition: Condition,
    facts: Mapping[str, Measured],
    *,
    now: datetime,
    held_since: Mapping[str, datetime],
) -> Evaluated:
    """Args: held_since, by a clause's place, since when it has been holding without a break."""
    judge = _Judge(facts, now, held_since)
    truth = judge.truth_of(condition, "")
    return Evaluated(truth, tuple(judge.clauses))


class _Judge:
    """One evaluation: what it looks at, and the clauses as they were found."""

    def __init__(
        self, facts: Mapping[str, Measured], now: datetime, held_since: Mapping[str, datetime]
    ) -> None:
        self._facts, self._now, self._held_since = facts, now, held_since
        self.clauses: list[JudgedClause] = []

    def truth_of(self, condition: Condition, path: str) -> Truth:
        match condition:
            case Clause():
                return self._clause(condition, path)
            case Not(part):
                inner = self.truth_of(part, step(path, "not"))
                return None if inner is None else not inner
            case All(parts):
                return self._joined("all", parts, path, decisive=False)
            case AnyOf(parts):
                return self._joined("any", parts, path, decisive=True)

    def _clause(self, clause: Clause, path: str) -> Truth:
        measured = self._facts.get(clause.key, NOT_KNOWN)
        holds = _compare(clause, measured.at(clause.bound))
        since = self._held_since.get(path, self._now) if holds else None
        if since is not None:
            holds = self._now - since >= timedelta(hours=clause.for_hours)
        self.clauses.append(JudgedClause(path, clause, measured, holds, since))
        return holds

    def _joined(
        self, word: str, parts: tuple[Condition, ...], path: str, *, decisive: bool
    ) -> Truth:
        """Every part is looked at: the page shows them all, and hysteresis needs each of them."""
        truths = [
            self.truth_of(part, step(path, f"{word}.{number}")) for number, part in enumerate(parts)
        ]
        if decisive in truths:
            return decisive
        return None if None in truths else not decisive


def _compare(clause: Clause, found: float | bool | None) -> Truth:
    if found is None:
        return None
    match clause.comparison:
        case "at_least":
            return found >= clause.wanted
        case "at_most":
            return found <= clause.wanted
        case "above":
            return found > clause.wanted
        case "below":
            return found < clause.wanted
        case "is":
            return bool(found) == clause.wanted
        case other:  # pragma: no cover  (`parsed` lets no other in)
            raise ValueError(other)
