"""Taking a judgement back: its row stays, its slot goes to surplus or to whoever corrects it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotate.comparisons.locks import (
    LockedMembership,
    lock_comparisons,
    lock_membership,
    note_freed_slots,
    require_active,
)
from annotate.comparisons.resolution import resolve_comparisons
from annotate.comparisons.slots import count_verdict, fill_free_slots, has_free_slot, save_slots
from annotate.errors import NothingToUndo, NotJudgeable
from annotate.judging.exposures import votes_were_seen
from annotate.judging.leases import (
    MOST_LIVE_LEASES,
    end_lease,
    free_slot,
    live_leases,
    make_lease,
)
from annotate.judging.sides import draw_first_is_left
from annotate.models import (
    Annotator,
    Comparison,
    ComparisonState,
    Judgement,
    Lease,
    LeaseState,
    Project,
)

CLOSED = (ComparisonState.ADJUDICATED, ComparisonState.ARCHIVED)


@transaction.atomic
def withdraw_judgement(*, annotator: Annotator, judgement_id: UUID) -> Lease:
    """Take a judgement back, and hand out its comparison again with the same sides.

    The oldest surplus judgement has the first right to the slot; else the slot is kept for this
    annotator by a live lease. Without a slot the lease returned is not live, and what is judged by
    it comes as late. Undone twice, it is the same lease.

    Raises: NothingToUndo, NotAMember, MemberPaused, NotJudgeable.
    """
    judgement = Judgement.objects.filter(annotator=annotator, public_id=judgement_id).first()
    if judgement is None:
        raise NothingToUndo
    locked = lock_membership(annotator=annotator, project=judgement.project)
    require_active(locked.membership)
    return _undo(locked, judgement)


@transaction.atomic
def withdraw_latest(*, annotator: Annotator, project: Project) -> Lease:
    """`withdraw_judgement` of the annotator's newest judgement in the project.

    Raises: NothingToUndo, NotAMember, MemberPaused, NotJudgeable.
    """
    locked = lock_membership(annotator=annotator, project=project)
    require_active(locked.membership)
    newest = (
        Judgement.objects.filter(annotator=annotator, project=project, withdrawn_at=None)
        .order_by("-judged_at", "-pk")
        .first()
    )
    if newest is None:
        raise NothingToUndo
    return _undo(locked, newest)


def withdraw_all(*, annotator: Annotator) -> int:
    """Withdraw everything this annotator ever judged, slots and all, as erasure may ask."""
    n_withdrawn = 0
    for judgement in Judgement.objects.filter(annotator=annotator, withdrawn_at=None):
        with transaction.atomic():
            comparison = lock_comparisons([judgement.comparison_id])[judgement.comparison_id]
            if _take_out(judgement, comparison):
                n_withdrawn += 1
                save_slots(comparison)
                resolve_comparisons([comparison])
                if has_free_slot(comparison):
                    note_freed_slots(comparison.project_id)
    return n_withdrawn


def _undo(locked: LockedMembership, judgement: Judgement) -> Lease:
    membership = locked.membership
    held = list(live_leases(membership))
    comparisons = lock_comparisons(
        {judgement.comparison_id, *(lease.comparison_id for lease in held)}
    )
    comparison = comparisons[judgement.comparison_id]
    if not Judgement.objects.filter(pk=judgement.pk, withdrawn_at=None).exists():
        again = next((one for one in held if one.comparison_id == comparison.pk), None)
        if again is None:
            raise NothingToUndo
        return again
    if comparison.exposures.filter(annotator=membership.annotator_id).exists():
        raise votes_were_seen()
    if comparison.state in CLOSED:
        raise NotJudgeable(_("This comparison is closed; your judgement of it stands."))
    _take_out(judgement, comparison)
    if has_free_slot(comparison):
        _make_room(held, comparisons)
    lease = _hand_out_again(locked, judgement, comparison)
    save_slots(comparison)
    resolve_comparisons([comparison])
    return lease


def _take_out(judgement: Judgement, comparison: Comparison) -> bool:
    """Withdraw from a locked comparison, unsaved; a slot freed goes to surplus first."""
    live = Judgement.objects.filter(pk=judgement.pk, withdrawn_at=None)
    is_counted = live.values_list("is_counted", flat=True).first()
    if is_counted is None:
        return False
    live.update(withdrawn_at=Now())
    if is_counted:
        count_verdict(comparison, judgement.verdict, by=-1)
        fill_free_slots(comparison)
    return True


def _make_room(held: Sequence[Lease], comparisons: Mapping[int, Comparison]) -> None:
    """Give back what was fetched ahead, so that nobody holds more than is allowed."""
    for lease in held[MOST_LIVE_LEASES - 1 :]:  # one fewer: what is undone will be held, too
        lease.comparison = comparisons[lease.comparison_id]
        if end_lease(lease, LeaseState.RELEASED):
            free_slot(lease.comparison)


def _hand_out_again(
    locked: LockedMembership, judgement: Judgement, comparison: Comparison
) -> Lease:
    fields: dict[str, Any] = {"state": LeaseState.RELEASED}
    if has_free_slot(comparison):
        comparison.n_leased += 1
        fields["state"] = LeaseState.LIVE
    if judgement.lease is not None:
        fields |= {"claimed_at": judgement.lease.claimed_at, "turn": judgement.lease.turn}
    first_is_left = judgement.first_was_left
    if first_is_left is None:  # an imported vote says nothing of sides
        first_is_left = draw_first_is_left(locked.membership)
        locked.membership.save(update_fields=["n_sides_drawn"])
    return make_lease(locked, comparison, first_is_left=first_is_left, **fields)
