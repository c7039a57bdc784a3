"""What somebody said of gold: noted in the transaction of the judgement, and counted."""

from django.db.models import Count, F, Q

from annotate.models import GoldAnswer, Judgement, Membership
from annotate.quality.look_after import look_after

# Of judgements; `is_right` is the same of one that was read. An empty `gold_also` is no verdict.
IS_RIGHT = Q(verdict=F("comparison__gold_verdict")) | Q(verdict=F("comparison__gold_also"))
# Of a member's gold answers, those that count for their standing.
COUNTS = Q(judgement__withdrawn_at=None) & (
    Q(membership__gold_since=None) | Q(answered_at__gt=F("membership__gold_since"))
)


def is_right(judgement: Judgement) -> bool:
    comparison = judgement.comparison
    return judgement.verdict in (comparison.gold_verdict, comparison.gold_also)


def note_gold_answer(membership: Membership, judgement: Judgement) -> None:
    """Keep an answer to gold, and see what follows for whoever gave it; their row is locked."""
    GoldAnswer.objects.create(
        judgement=judgement, membership=membership, is_right=is_right(judgement)
    )
    answers = GoldAnswer.objects.filter(COUNTS, membership=membership)
    counts = answers.aggregate(n=Count("pk"), n_right=Count("pk", Q(is_right=True)))
    look_after(membership, n_right=counts["n_right"], n=counts["n"])
