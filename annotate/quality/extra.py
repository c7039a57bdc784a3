"""The one seam between quality and the claim: what somebody is given now instead of the queue's.

A strategy answers two questions: whether this turn is its own, which costs no query, and which
comparison the turn gets, in a few queries whose cost depends neither on the project's size nor on
how much this person has judged. What it finds takes no place that the comparison wants filled, so
that nothing has to be locked: the lease is *extra*.
"""

from typing import Protocol

from annotate.models import Membership
from annotate.quality.extra_comparison import Extra
from annotate.quality.gold_turns import GoldTurns
from annotate.quality.quiz_turns import QuizTurns
from annotate.quality.repeat_turns import RepeatTurns


class Strategy(Protocol):
    def is_due(self, membership: Membership) -> bool: ...

    def find(self, membership: Membership) -> Extra | None: ...


STRATEGIES: tuple[Strategy, ...] = (  # the first that has one
    QuizTurns(),
    GoldTurns(),
    RepeatTurns(),
)


def find_extra(membership: Membership) -> Extra | None:
    """What a member, whose row is locked, is given out of turn now, if anything."""
    for strategy in STRATEGIES:
        if strategy.is_due(membership):
            found = strategy.find(membership)
            if found is not None:
                return found
    return None
