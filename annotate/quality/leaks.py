"""Whether gold may be known to somebody: too perfect, and too fast to have been read.

A person who is told the answers gives all of them, and needs less time for gold than for the rest.
Either alone is no sign: good people are right, and gold is often plain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, sqrt
from statistics import median

from annotate.models import GoldAnswer, Judgement, Membership

FEWEST = 20  # of gold, and of the rest, whose time is known
NEWEST = 200
BY_CHANCE = 0.001  # that they would be so much faster


@dataclass(frozen=True)
class Leak:
    """All of n gold answers are right, in less time (median seconds) than the rest takes."""

    n: int
    seconds: float
    seconds_else: float


def leak_of(membership: Membership) -> Leak | None:
    answers = GoldAnswer.objects.filter(
        membership=membership, judgement__withdrawn_at=None, judgement__seconds__isnull=False
    )
    gold = list(
        answers.order_by("-answered_at").values_list("is_right", "judgement__seconds")[:NEWEST]
    )
    if len(gold) < FEWEST or not all(is_right for is_right, _seconds in gold):
        return None
    of_gold = [seconds for _is_right, seconds in gold if seconds is not None]
    of_rest = _seconds_else(membership)
    if len(of_rest) < FEWEST or chance_of_less(of_gold, of_rest) > BY_CHANCE:
        return None
    return Leak(len(gold), median(of_gold), median(of_rest))


def _seconds_else(membership: Membership) -> list[float]:
    rest = Judgement.objects.filter(
        annotator=membership.annotator_id,
        project=membership.project_id,
        withdrawn_at=None,
        is_derived=False,
        seconds__isnull=False,
        comparison__gold_verdict="",
        comparison__repeat_of=None,
    )
    newest = rest.order_by("-judged_at").values_list("seconds", flat=True)[:NEWEST]
    return [seconds for seconds in newest if seconds is not None]


def chance_of_less(some: Sequence[float], others: Sequence[float]) -> float:
    """How probably `some` would lie so far below `others` if both were alike (Mann–Whitney).

    One-sided, by the normal approximation with the correction for ties.
    """
    n, m = len(some), len(others)
    ranks = _ranks([*some, *others])
    n_above = sum(ranks[:n]) - n * (n + 1) / 2  # pairs in which `some` is the greater
    sizes = [ranks.count(rank) for rank in set(ranks)]
    ties = sum(size**3 - size for size in sizes) / ((n + m) * (n + m - 1))
    spread = sqrt(n * m / 12 * (n + m + 1 - ties))
    if spread == 0:
        return 1.0
    return erfc((n * m / 2 - n_above) / spread / sqrt(2)) / 2


def _ranks(values: Sequence[float]) -> list[float]:
    """From 1 upwards; equal ones share the middle of their places."""
    places: dict[float, list[int]] = {}
    for place, value in enumerate(sorted(values), start=1):
        places.setdefault(value, []).append(place)
    return [sum(places[value]) / len(places[value]) for value in values]
