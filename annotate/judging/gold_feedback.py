"""Telling people what was expected of gold that they judged, where the project does so.

Whoever was told has that comparison behind them: what they said of it stands. Nobody is told of
sets: their gold is a verdict on one pair, and the answer was an order.
"""

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from annotate.comparisons.locks import lock_membership
from annotate.judging.own_history import own_judgements
from annotate.judging.sides import side_of
from annotate.models import Annotator, Exposure, Judgement, Project


def told_after(judgement: Judgement, *, project: Project) -> Judgement | None:
    """A judgement that was just sent, if its annotator is to be told what was expected.

    Sent twice, it is told twice; taken back meanwhile in another tab, it is not told.
    """
    if not project.shows_gold or not judgement.comparison.gold_verdict:
        return None
    own = own_judgements(judgement.annotator, project).filter(pk=judgement.pk)
    return _tell(own, annotator=judgement.annotator, project=project).first()


def told_judgements(annotator: Annotator, project: Project) -> QuerySet[Judgement]:
    """Their judgements of gold that stand; call this before showing anything of it.

    All are told at once, as their number and the share of those that match tell of each.
    """
    if not project.shows_gold:
        return Judgement.objects.none()
    return _tell(own_judgements(annotator, project), annotator=annotator, project=project)


def expected_side(judgement: Judgement) -> str:
    """left, right, tie or both_bad, as whoever judged it saw the sides."""
    verdict = judgement.comparison.gold_verdict
    return side_of(verdict, first_is_left=bool(judgement.first_was_left))


def _tell(
    judgements: QuerySet[Judgement], *, annotator: Annotator, project: Project
) -> QuerySet[Judgement]:
    """Those of gold, each with an exposure; so not what is judged or taken back meanwhile."""
    seen = Exposure.objects.filter(comparison=OuterRef("comparison"), annotator=annotator)
    of_gold = judgements.filter(
        lease__isnull=False, ranking=None, comparison__completion_set=None
    ).exclude(comparison__gold_verdict="")
    untold = of_gold.filter(~Exists(seen))
    if untold.exists():
        _expose(untold, annotator=annotator, project=project)
    return of_gold.filter(Exists(seen)).select_related("comparison")


@transaction.atomic
def _expose(untold: QuerySet[Judgement], *, annotator: Annotator, project: Project) -> None:
    if annotator.memberships.filter(project=project).exists():  # who has left takes nothing back
        lock_membership(annotator=annotator, project=project)  # an undo comes before or after it
    comparisons = untold.order_by("comparison").values_list("comparison", flat=True)
    Exposure.objects.bulk_create(
        (
            Exposure(comparison_id=comparison, annotator=annotator, is_to_gold=True)
            for comparison in comparisons
        ),
        ignore_conflicts=True,  # with what they see as a reviewer at this moment
    )
