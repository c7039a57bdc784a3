"""Which votes of an arena count: people's say who is better, machines' stand apart."""

import hashlib
import json
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet, Sum

from annotate.agreement.taking_part import TAKES_PART
from annotate.models import HUMAN_KINDS, Arena, Judgement, Membership

PRIME = 2**31 - 1
IS_OF_PEOPLE = Q(annotator__kind__in=HUMAN_KINDS)
KEY = F("pk") % PRIME  # the operator: the function is one of Python's on SQLite, for every row
SQUARE = KEY * KEY % PRIME
POWERS = {"keys": KEY, "squares": SQUARE, "cubes": SQUARE * KEY % PRIME}


@dataclass(frozen=True)
class CountedVotes:
    """How many there are, and a mark that changes with which they are."""

    n_of_people: int
    n_others: int
    mark: str


def counted_votes(arena: Arena) -> QuerySet[Judgement]:
    """Live ones that count towards their comparison, as agreement takes them."""
    return Judgement.objects.filter(TAKES_PART, comparison__meetings__arena=arena)


def peoples_votes(arena: Arena) -> QuerySet[Judgement]:
    """Of people here or elsewhere: what the arena asks for and is decided by."""
    return counted_votes(arena).filter(IS_OF_PEOPLE)


def count_votes(arena: Arena) -> CountedVotes:
    """All that standings are made of: whatever changes them changes the mark, whoever wrote that.

    A judgement never changes but by being withdrawn or no longer counted, so its key stands for it;
    of all keys the database sums three powers, which no other keys have in common but by design.
    What else may change are the cohorts of people and the tags of prompts.
    """
    powers = {
        f"{of}_{name}": Sum(power, filter=which, default=0)
        for of, which in (("all", None), ("people", IS_OF_PEOPLE))
        for name, power in POWERS.items()
    }
    found = counted_votes(arena).aggregate(
        n=Count("pk"), n_of_people=Count("pk", filter=IS_OF_PEOPLE), **powers
    )
    members = Membership.objects.filter(project=arena.project_id).exclude(cohort="")
    cohorts = list(members.order_by("annotator").values_list("annotator", "cohort"))
    tags = list(arena.prompts.order_by("pk").values_list("pk", "tags"))
    votes = {name: int(value) for name, value in sorted(found.items())}
    mark = hashlib.sha256(json.dumps([votes, cohorts, tags]).encode()).hexdigest()
    return CountedVotes(votes["n_of_people"], votes["n"] - votes["n_of_people"], mark)
