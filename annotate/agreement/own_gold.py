"""How often somebody said what was expected of gold: told to them alone, where the project does."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from annotate.models import Judgement
from annotate.quality.gold_answers import IS_RIGHT

LEVEL = 0.95


@dataclass(frozen=True)
class GoldShare:
    """A share of n judgements with Wilson's interval at `level`; of none there is no share."""

    n: int
    n_as_expected: int
    share: float | None = None
    low: float | None = None
    high: float | None = None
    level: float = LEVEL


def share_as_expected(judgements: QuerySet[Judgement]) -> GoldShare:
    """Of judgements of gold that their annotator was told about."""
    counts = judgements.aggregate(n=Count("pk"), n_as_expected=Count("pk", IS_RIGHT))
    n, n_as_expected = counts["n"], counts["n_as_expected"]
    if not n:
        return GoldShare(0, 0)
    from alignment_core.agreement import wilson_interval  # numpy: only for who has some

    low, high = wilson_interval(n_as_expected, n, level=LEVEL)
    return GoldShare(n, n_as_expected, n_as_expected / n, low, high)
