"""Contested comparisons: a reviewer says why people differ, and how that enters training."""

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotate.access.audit import record_event
from annotate.comparisons.locks import lock_comparisons
from annotate.comparisons.resolution import resolve_comparisons
from annotate.comparisons.resolution_rule import SKIPS_TO_ADJUDICATION
from annotate.errors import InvalidInput, NotAdjudicable
from annotate.judging.adjudication import NOT_OURS_TO_CLOSE, is_still_ranked
from annotate.judging.exposures import record_exposure
from annotate.models import (
    Annotator,
    Comparison,
    ComparisonState,
    EntersAs,
    Triage,
    WhyContested,
)
from annotate.text.free_text import refuse_unstorable

USUALLY = {  # how what is contested for this reason enters training, unless somebody says otherwise
    WhyContested.NOISE: EntersAs.OUTCOME,
    WhyContested.PLURAL: EntersAs.SHARES,
    WhyContested.UNCLEAR: EntersAs.OUT,
}


@transaction.atomic
def triage(
    *, by: Annotator, comparison_id: UUID, why: str, enters: str = "", note: str = ""
) -> Triage:
    """Say why people differ on a comparison; it closes, and a later triage or ruling replaces this.

    Args: enters, one of `EntersAs`; "" for what is usual for that reason.
    Raises: InvalidInput, NotAdjudicable.
    """
    if why not in WhyContested.values:
        raise InvalidInput(_("There is no such reason."), field="why", value=why)
    enters = enters or USUALLY[WhyContested(why)]
    if enters not in EntersAs.values:
        raise InvalidInput(_("There is no such way."), field="enters", value=enters)
    refuse_unstorable(note, field="note")
    found = Comparison.objects.select_related("project").filter(public_id=comparison_id).first()
    if found is None:
        raise NotAdjudicable
    record_exposure(annotator=by, comparison=found)
    comparison = lock_comparisons([found.pk])[found.pk]
    if comparison.state in NOT_OURS_TO_CLOSE or comparison.repeat_of_id is not None:
        raise NotAdjudicable
    if is_still_ranked(comparison):
        raise NotAdjudicable(_("People still rank this set: triage it when they have finished."))
    if not is_contested(comparison):
        raise NotAdjudicable(_("Nobody differs on this comparison, so there is nothing to triage."))
    standing = comparison.triages.filter(superseded_at=None)
    before = standing.values("why", "enters").first()
    standing.update(superseded_at=Now())
    made = Triage.objects.create(
        comparison=comparison, why=why, enters=enters, note=note, triaged_by=by
    )
    comparison.state = ComparisonState.ADJUDICATED
    comparison.save(update_fields=["state"])
    resolve_comparisons([comparison])
    record_event(
        actor=by,
        action="comparison.triaged",
        target=f"comparison:{comparison.public_id}",
        project=comparison.project,
        before=dict(before) if before else None,
        after={"why": why, "enters": enters},
    )
    return made


def is_contested(comparison: Comparison) -> bool:
    """Whether people differ on it, or too many passed it by."""
    most = max(comparison.n_first, comparison.n_second, comparison.n_tie, comparison.n_both_bad)
    return most < comparison.n_counted or comparison.n_skips >= SKIPS_TO_ADJUDICATION
