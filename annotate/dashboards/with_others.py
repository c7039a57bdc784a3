"""How far one member agrees with the others, from the counts that comparisons keep.

Of the newest judgements, so that no history makes it slow: how many of the other counted judgements
of the same comparison said the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt

from django.db.models import F

from annotate.models import Judgement, Membership

NEWEST = 5000  # judgements that are looked at
FEWEST = 5  # comparisons for an interval
Z = 1.959964  # of a 95 % interval
VERDICTS = {"first": 0, "second": 1, "tie": 2, "both_bad": 3}


@dataclass(frozen=True)
class Agreeing:
    """Of n other judgements of so many comparisons, this share said the same."""

    share: float
    low: float | None
    high: float | None
    n_comparisons: int
    n: int
    variance: float | None = None


@dataclass(frozen=True)
class Drift:
    """The later half's agreement less that of the earlier half."""

    change: float
    low: float
    high: float


@dataclass(frozen=True)
class Judged:
    at: datetime
    seconds: float | None
    n_same: int  # of the others
    n_others: int


def agreeing(judged: Sequence[Judged]) -> Agreeing | None:
    """A ratio of sums, with the variance that comparisons give it; None where nobody else judged.

    Source: the linearised ratio estimator (Cochran 1977, 6.3).
    """
    n = sum(one.n_others for one in judged)
    if not n:
        return None
    share = sum(one.n_same for one in judged) / n
    k = len(judged)
    if k < FEWEST:
        return Agreeing(share, None, None, k, n)
    spread = sum((one.n_same - share * one.n_others) ** 2 for one in judged)
    variance = spread / n**2 * k / (k - 1)
    half = Z * sqrt(variance)
    return Agreeing(share, max(0.0, share - half), min(1.0, share + half), k, n, variance)


def drift(judged: Sequence[Judged]) -> Drift | None:
    """None where a half is too small for an interval."""
    half = len(judged) // 2
    earlier, later = agreeing(judged[:half]), agreeing(judged[half:])
    if earlier is None or later is None:
        return None
    if earlier.variance is None or later.variance is None:
        return None
    change, reach = later.share - earlier.share, Z * sqrt(earlier.variance + later.variance)
    return Drift(change, change - reach, change + reach)


def judged_by(membership: Membership) -> list[Judged]:
    """The newest counted judgements, oldest first."""
    rows = (
        Judgement.objects.filter(
            annotator=membership.annotator_id,
            project=membership.project_id,
            withdrawn_at=None,
            is_derived=False,
            comparison__repeat_of=None,
        )
        .order_by("-judged_at", "-pk")
        .values_list(
            "judged_at",
            "seconds",
            "verdict",
            "is_counted",
            *(F(f"comparison__n_{verdict}") for verdict in VERDICTS),
        )[:NEWEST]
    )
    found = []
    for at, seconds, verdict, is_counted, *counts in rows:
        own = 1 if is_counted else 0
        n_same, n_all = counts[VERDICTS[verdict]], sum(counts)
        found.append(Judged(at, seconds, max(0, n_same - own), max(0, n_all - own)))
    return found[::-1]
