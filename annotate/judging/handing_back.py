"""What an annotator takes back is handed out to them once more, with the same sides."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from annotate.comparisons.locks import LockedMembership, lock_comparisons
from annotate.comparisons.resolution import resolve_comparisons
from annotate.comparisons.slots import has_free_slot, save_slots
from annotate.errors import NothingToUndo, NotJudgeable
from annotate.judging.exposures import require_unseen
from annotate.judging.leases import (
    MOST_LIVE_LEASES,
    end_lease,
    free_slot,
    leases_on_screen,
    make_lease,
)
from annotate.judging.sides import draw_first_is_left
from annotate.models import (
    Comparison,
    ComparisonState,
    Exposure,
    Judgement,
    Lease,
    LeaseState,
    Skip,
)

CLOSED = (ComparisonState.ADJUDICATED, ComparisonState.ARCHIVED)


def hand_back(
    locked: LockedMembership,
    comparison_id: int,
    *,
    take_out: Callable[[Comparison], bool],
    lease: Lease | None,
    first_is_left: bool | None,
) -> Lease:
    """Take an action out of a comparison and lease it to its annotator again.

    The slot is kept for them by a live lease. Without a slot the lease returned is not live, and
    what is judged by it comes as late. Sent twice, it is the same lease, live or not.

    Args:
        take_out: changes the locked comparison, unsaved; False, if that had been done before.
        lease: the one by which the action was done; `first_is_left`: its sides, else drawn anew.
    Raises: NothingToUndo, NotJudgeable.
    """
    membership = locked.membership
    held = list(leases_on_screen(membership))
    comparisons = lock_comparisons({comparison_id, *(one.comparison_id for one in held)})
    comparison = comparisons[comparison_id]
    if not take_out(comparison):
        return _handed_back_before(membership.annotator_id, comparison)
    require_unseen(annotator_id=membership.annotator_id, comparison=comparison)
    if comparison.state in CLOSED:
        raise NotJudgeable(_("This comparison is closed; what you said of it stands."))
    if has_free_slot(comparison) or (lease is not None and lease.is_extra):
        _make_room(held, comparisons)
    again = _lease_again(locked, comparison, lease=lease, first_is_left=first_is_left)
    save_slots(comparison)
    resolve_comparisons([comparison])
    return again


def _handed_back_before(annotator_id: int, comparison: Comparison) -> Lease:
    """The lease that it was handed back by, as long as they did nothing with it since."""
    again = answerable_leases(annotator_id).filter(comparison=comparison).order_by("-pk").first()
    if again is None:
        raise NothingToUndo
    again.comparison = comparison
    return again


def answerable_leases(annotator_id: int) -> QuerySet[Lease]:
    """Leases, live or not, by which somebody may still judge what they have not answered."""
    answered = {"annotator": annotator_id, "comparison": OuterRef("comparison")}
    return Lease.objects.filter(
        ~Exists(Judgement.objects.filter(**answered, withdrawn_at=None)),
        ~Exists(Skip.objects.filter(**answered, taken_back_at=None)),
        ~Exists(Exposure.objects.filter(**answered)),
        annotator=annotator_id,
    ).exclude(state=LeaseState.SPENT)


def _make_room(held: Sequence[Lease], comparisons: Mapping[int, Comparison]) -> None:
    """Give back what was fetched ahead, so that nobody holds more than is allowed."""
    for lease in held[MOST_LIVE_LEASES - 1 :]:  # one fewer: what is undone will be held, too
        lease.comparison = comparisons[lease.comparison_id]
        if end_lease(lease, LeaseState.RELEASED):
            free_slot(lease.comparison)


def _lease_again(
    locked: LockedMembership,
    comparison: Comparison,
    *,
    lease: Lease | None,
    first_is_left: bool | None,
) -> Lease:
    fields: dict[str, Any] = {"state": LeaseState.RELEASED}
    if lease is not None and lease.is_extra:
        fields |= {"state": LeaseState.LIVE, "is_extra": True}
    elif has_free_slot(comparison):
        comparison.n_leased += 1
        fields["state"] = LeaseState.LIVE
    if lease is not None:
        fields |= {"claimed_at": lease.claimed_at, "turn": lease.turn}
        fields["screen_order"] = lease.screen_order
    if first_is_left is None:  # an imported vote says nothing of sides
        first_is_left = draw_first_is_left(locked.membership)
        locked.membership.save(update_fields=["n_sides_drawn"])
    return make_lease(locked, comparison, first_is_left=first_is_left, **fields)
