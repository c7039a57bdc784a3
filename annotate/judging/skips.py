"""Passing a comparison by: its slot is freed, and the annotator is not shown it again."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from annotate.comparisons.locks import (
    lock_leased_comparison,
    lock_membership_of_lease,
    require_active,
)
from annotate.comparisons.resolution import resolve_comparisons
from annotate.errors import AlreadyJudged, InvalidInput
from annotate.judging.leases import end_lease, free_slot
from annotate.models import Annotator, LeaseState, Skip, SkipReason
from annotate.text.free_text import refuse_unstorable


@transaction.atomic
def skip_comparison(*, annotator: Annotator, lease_id: UUID, reason: str, note: str = "") -> Skip:
    """Skip what a lease is about; sent twice, it is skipped once. Three skips ask a reviewer.

    Raises: InvalidInput, LeaseLost, MemberPaused, AlreadyJudged.
    """
    if reason not in SkipReason.values:
        raise InvalidInput(_("There is no such reason."), field="reason", value=reason)
    refuse_unstorable(note, field="note")
    membership = lock_membership_of_lease(annotator=annotator, lease_id=lease_id)
    comparison = lock_leased_comparison(membership, lease_id).comparison
    require_active(membership)
    earlier = comparison.skips.filter(annotator=annotator).first()
    if earlier is not None:
        return earlier
    if comparison.judgements.filter(annotator=annotator, withdrawn_at=None).exists():
        raise AlreadyJudged
    skip = Skip.objects.create(comparison=comparison, annotator=annotator, reason=reason, note=note)
    for live in comparison.leases.filter(annotator=annotator, state=LeaseState.LIVE):
        live.comparison = comparison
        end_lease(live, LeaseState.RELEASED)
    comparison.n_skips += 1
    free_slot(comparison)
    resolve_comparisons([comparison])
    return skip
