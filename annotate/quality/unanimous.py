"""Comparisons that would make good gold: enough people have judged them, and all alike."""

from collections.abc import Mapping

from django.db.models import F, Q, QuerySet

from annotate.comparisons.verdict_counts import VERDICT_COUNTS
from annotate.models import Comparison, ComparisonState, Project, Verdict

FEWEST_ALIKE = 3
SHOWN = 20
ALIKE: Mapping[Verdict, Q] = {
    verdict: Q(n_counted=F(count)) for verdict, count in VERDICT_COUNTS.items()
}


def proposed_gold(project: Project) -> QuerySet[Comparison]:
    """The oldest first; what everybody called bad is no good example."""
    is_alike = ALIKE[Verdict.FIRST] | ALIKE[Verdict.SECOND] | ALIKE[Verdict.TIE]
    return (
        project.comparisons.filter(
            is_alike,
            n_counted__gte=FEWEST_ALIKE,
            state=ComparisonState.OPEN,
            gold_verdict="",
            completion_set=None,
            repeat_of=None,
            n_skips=0,
            flags=None,
        )
        .select_related("prompt")
        .order_by("pk")
    )


def verdict_of_all(comparison: Comparison) -> Verdict | None:
    """What everybody said whose judgement counts; None where they differ, or nobody did."""
    if not comparison.n_counted:
        return None
    for verdict, count in VERDICT_COUNTS.items():
        if getattr(comparison, count) == comparison.n_counted:
            return verdict
    return None
