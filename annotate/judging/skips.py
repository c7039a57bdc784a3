"""Passing a comparison by: its slot is freed, and it is not shown again unless that is undone."""

from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotate.comparisons.locks import (
    lock_leased_comparison,
    lock_membership,
    lock_membership_of_lease,
    require_active,
)
from annotate.comparisons.resolution import resolve_comparisons
from annotate.comparisons.slots import whole_of
from annotate.errors import AlreadyJudged, InvalidInput, NothingToUndo
from annotate.judging.handing_back import hand_back
from annotate.judging.leases import end_lease, free_slot
from annotate.models import Annotator, Comparison, Lease, LeaseState, Skip, SkipReason
from annotate.text.free_text import refuse_unstorable


@transaction.atomic
def skip_comparison(*, annotator: Annotator, lease_id: UUID, reason: str, note: str = "") -> Skip:
    """Skip what a lease is about. Three skips ask a reviewer.

    Sent twice, it is skipped once; where the second says another reason or note, that one stands.

    Raises: InvalidInput, LeaseLost, MemberPaused, AlreadyJudged.
    """
    if reason not in SkipReason.values:
        raise InvalidInput(_("There is no such reason."), field="reason", value=reason)
    refuse_unstorable(note, field="note")
    membership = lock_membership_of_lease(annotator=annotator, lease_id=lease_id)
    leased = lock_leased_comparison(membership, lease_id)
    comparison = leased.comparison
    require_active(membership)
    earlier = comparison.skips.filter(annotator=annotator, taken_back_at=None).first()
    if earlier is not None:
        return _said_anew(earlier, reason, note)
    if comparison.judgements.filter(annotator=annotator, withdrawn_at=None).exists():
        raise AlreadyJudged
    skip = Skip.objects.create(
        comparison=comparison, annotator=annotator, lease=leased.lease, reason=reason, note=note
    )
    for live in comparison.leases.filter(annotator=annotator, state=LeaseState.LIVE):
        live.comparison = comparison
        end_lease(live, LeaseState.RELEASED)
    for one in whole_of(comparison):
        one.n_skips += 1
    free_slot(comparison)
    resolve_comparisons([comparison])
    return skip


def _said_anew(skip: Skip, reason: str, note: str) -> Skip:
    if (skip.reason, skip.note) != (reason, note):
        skip.reason, skip.note = reason, note or skip.note
        skip.save(update_fields=["reason", "note"])
    return skip


def skip_of(lease: Lease) -> Skip:
    """The last skip by a lease's annotator of what it is about, by whichever lease that was.

    Raises: NothingToUndo.
    """
    skips = Skip.objects.filter(annotator=lease.annotator_id, comparison=lease.comparison_id)
    newest = skips.order_by("-pk").first()
    if newest is None:
        raise NothingToUndo
    return newest


@transaction.atomic
def take_back_skip(*, annotator: Annotator, skip_id: UUID) -> Lease:
    """Undo a skip: its comparison is theirs to judge again, with the same sides if it had any.

    Raises: NothingToUndo, NotAMember, MemberPaused, NotJudgeable.
    """
    skip = (
        Skip.objects.select_related("comparison__project", "lease")
        .filter(annotator=annotator, public_id=skip_id)
        .first()
    )
    if skip is None:
        raise NothingToUndo
    locked = lock_membership(annotator=annotator, project=skip.comparison.project)
    require_active(locked.membership)
    return hand_back(
        locked,
        skip.comparison_id,
        take_out=partial(_take_out, skip),
        lease=skip.lease,
        first_is_left=skip.lease.first_is_left if skip.lease else None,
    )


def _take_out(skip: Skip, comparison: Comparison) -> bool:
    standing = Skip.objects.filter(pk=skip.pk, taken_back_at=None)
    if not standing.update(taken_back_at=Now()):
        return False
    for one in whole_of(comparison):
        one.n_skips -= 1
    return True
