"""Whether a condition can hold at all: one that cannot is a slip of the pen, and is told so.

The condition is written out as the ways in which it may hold, each a list of clauses that hold or
do not; a way is possible unless two ends of one fact leave nothing between them. The value itself
may lie outside its interval, as of some resampled figures; the lower end is never above the upper.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from training.automation.conditions import All, AnyOf, Clause, Condition, Not
from training.automation.vocabulary import FACTS, Kind

MOST_WAYS = 2000  # with more, nobody is told anything

Literal = tuple[Clause, bool]  # a clause, and whether it holds
Way = tuple[Literal, ...]
OPPOSITE = {"at_least": "below", "below": "at_least", "at_most": "above", "above": "at_most"}


class TooManyWays(Exception):
    pass


def conflicting(condition: Condition) -> Way | None:
    """Clauses that exclude each other, where the condition can never hold; else None.

    None at all where it asks for the opposite of nothing.
    """
    try:
        conflicts = [_conflict(way) for way in _ways(condition, holds=True)]
    except TooManyWays:
        return None
    if None in conflicts:
        return None
    return conflicts[0] if conflicts else ()


def _ways(condition: Condition, *, holds: bool) -> list[Way]:
    """Raises: TooManyWays."""
    match condition:
        case Clause():
            return [((condition, holds),)]
        case Not(part):
            return _ways(part, holds=not holds)
        case All(parts) | AnyOf(parts):
            of_parts = [_ways(part, holds=holds) for part in parts]
            if isinstance(condition, All) is not holds:  # one of them is enough
                found = [way for ways in of_parts for way in ways]
            elif math.prod(map(len, of_parts)) > MOST_WAYS:
                raise TooManyWays
            else:
                found = [sum(ways, ()) for ways in product(*of_parts)]
            if len(found) > MOST_WAYS:
                raise TooManyWays
            return found


def _conflict(way: Way) -> Way | None:
    """What of a way excludes each other, if anything does."""
    by_fact: dict[str, list[Literal]] = defaultdict(list)
    for clause, holds in way:
        if holds or not clause.for_hours:  # one that must not have held for long may hold now
            by_fact[clause.key].append((clause, holds))
    for literals in by_fact.values():
        is_possible = _is_one_answer if _kind(literals) is Kind.YES_NO else _has_room
        if not is_possible(literals):
            return tuple(literals)
    return None


def _kind(literals: Sequence[Literal]) -> Kind:
    return FACTS[literals[0][0].fact].kind


def _is_one_answer(literals: Sequence[Literal]) -> bool:
    return len({clause.wanted is holds for clause, holds in literals}) == 1


@dataclass(frozen=True, order=True)
class End:
    """Of what is allowed. Of two at one place, the one that leaves the place itself out is nearer
    to the inside: so `shift` is 1 for a lower end that does, and -1 for an upper."""

    at: float
    shift: int = 0


def _has_room(literals: Sequence[Literal]) -> bool:
    fact = FACTS[literals[0][0].fact]
    least, most = (End(float(end)) for end in fact.possible)
    lows: dict[str, End] = defaultdict(lambda: least)
    highs: dict[str, End] = defaultdict(lambda: most)
    for clause, holds in literals:
        word = clause.comparison if holds else OPPOSITE[clause.comparison]
        end = _end(word, float(clause.wanted), is_whole=fact.kind is Kind.COUNT)
        if word in ("at_least", "above"):
            lows[clause.bound] = max(lows[clause.bound], end)
        else:
            highs[clause.bound] = min(highs[clause.bound], end)
    highs["lower"] = min(highs["lower"], highs["upper"])
    lows["upper"] = max(lows["upper"], lows["lower"])
    return all(lows[bound] <= highs[bound] for bound in {*lows, *highs})


def _end(word: str, wanted: float, *, is_whole: bool) -> End:
    if is_whole:
        ends = {
            "at_least": math.ceil(wanted),
            "above": math.floor(wanted) + 1,
            "at_most": math.floor(wanted),
            "below": math.ceil(wanted) - 1,
        }
        return End(ends[word])
    return End(wanted, {"above": 1, "below": -1}.get(word, 0))
