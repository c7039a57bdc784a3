"""A reviewer closes a disputed comparison."""

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotate.access.audit import record_event
from annotate.comparisons.locks import lock_comparisons
from annotate.comparisons.resolution import resolve_comparisons
from annotate.comparisons.slots import representative_of
from annotate.errors import InvalidInput, NotAdjudicable
from annotate.judging.exposures import record_exposure
from annotate.models import Adjudication, Annotator, Comparison, ComparisonState, Verdict
from annotate.text.free_text import refuse_unstorable

NOT_OURS_TO_CLOSE = (ComparisonState.STAGED, ComparisonState.ARCHIVED)


@transaction.atomic
def adjudicate(
    *,
    reviewer: Annotator,
    comparison_id: UUID,
    verdict: str,
    note: str = "",
    first_was_left: bool | None = None,
) -> Adjudication:
    """Rule on a comparison; a later ruling supersedes this one, judgements no longer do.

    Args:
        first_was_left: how the answers lay, where the reviewer chose without knowing the votes;
            such a ruling does not replace another.

    Raises: InvalidInput, NotAdjudicable.
    """
    if verdict not in Verdict.values:
        raise InvalidInput(_("There is no such verdict."), field="verdict", value=verdict)
    refuse_unstorable(note, field="note")
    comparison = (
        Comparison.objects.select_related("project").filter(public_id=comparison_id).first()
    )
    if comparison is None:
        raise NotAdjudicable
    record_exposure(annotator=reviewer, comparison=comparison)
    comparison = lock_comparisons([comparison.pk])[comparison.pk]
    is_late = first_was_left is not None and comparison.state != ComparisonState.ADJUDICATION
    if is_late or comparison.state in NOT_OURS_TO_CLOSE:
        raise NotAdjudicable
    if is_still_ranked(comparison):
        raise NotAdjudicable(_("People still rank this set: rule when they have finished."))
    standing = comparison.adjudications.filter(superseded_at=None)
    before = standing.values("verdict").first()
    standing.update(superseded_at=Now())
    comparison.triages.filter(superseded_at=None).update(superseded_at=Now())
    ruling = Adjudication.objects.create(
        comparison=comparison,
        reviewer=reviewer,
        verdict=verdict,
        note=note,
        first_was_left=first_was_left,
    )
    comparison.state = ComparisonState.ADJUDICATED
    comparison.save(update_fields=["state"])
    resolve_comparisons([comparison])
    record_event(
        actor=reviewer,
        action="comparison.adjudicated",
        target=f"comparison:{comparison.public_id}",
        project=comparison.project,
        before=dict(before) if before else None,
        after={"verdict": verdict},
    )
    return ruling


def is_still_ranked(comparison: Comparison) -> bool:
    """A ruling on one pair would close a set to those who rank all of it."""
    if comparison.completion_set_id is None or comparison.state != ComparisonState.OPEN:
        return False
    lead = representative_of(comparison)  # once it is ruled on, nobody is asked about the set
    return lead.state == ComparisonState.OPEN and lead.n_counted < lead.wanted
