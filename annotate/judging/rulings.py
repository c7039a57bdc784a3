"""Rulings as a stream: what waits for a reviewer, one after another, and blind until they chose."""

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from annotate.comparisons.visible import visible_comparisons
from annotate.errors import NotAdjudicable
from annotate.judging.adjudication import adjudicate
from annotate.judging.sides import lies_first_on_the_left, verdict_of_side
from annotate.models import (
    Adjudication,
    Annotator,
    Comparison,
    ComparisonState,
    Exposure,
    Project,
)
from annotate.text.free_text import refuse_unstorable


def waiting_for(reviewer: Annotator, project: Project) -> QuerySet[Comparison]:
    """What they may rule on blind: it waits for a ruling, and they have not seen its votes."""
    seen = Exposure.objects.filter(comparison=OuterRef("pk"), annotator=reviewer)
    return (
        visible_comparisons(project)
        .filter(~Exists(seen), state=ComparisonState.ADJUDICATION)
        .select_related("prompt", "first", "second")
        .order_by("pk")
    )


def next_for(
    reviewer: Annotator, project: Project, *, after: UUID | None = None
) -> Comparison | None:
    """The first that waits, behind the one named; those passed by come again at the end."""
    waiting = waiting_for(reviewer, project)
    passed = project.comparisons.filter(public_id=after).first() if after else None
    return (waiting.filter(pk__gt=passed.pk).first() if passed else None) or waiting.first()


def rule_blind(
    *, reviewer: Annotator, project: Project, comparison_id: UUID, side: str
) -> Adjudication:
    """Rule by the side chosen on the screen; from now on the reviewer may read the votes.

    Sent twice, or after others ruled, it is refused and the ruling that stands is kept.

    Raises: InvalidInput, NotAdjudicable.
    """
    comparison = waiting_for(reviewer, project).filter(public_id=comparison_id).first()
    if comparison is None:
        raise NotAdjudicable
    is_first_left = lies_first_on_the_left(reviewer, comparison)
    return adjudicate(
        reviewer=reviewer,
        comparison_id=comparison_id,
        verdict=verdict_of_side(side, first_is_left=is_first_left),
        first_was_left=is_first_left,
    )


def comment_on_ruling(*, reviewer: Annotator, comparison: Comparison, note: str) -> None:
    """Write why, beside a ruling of one's own that stands.

    Raises: InvalidInput, NotAdjudicable.
    """
    refuse_unstorable(note, field="note")
    own = Adjudication.objects.filter(comparison=comparison, reviewer=reviewer, superseded_at=None)
    if not own.update(note=note):
        raise NotAdjudicable
