"""Leases: who holds which comparison until when. See `locks` for who waits for whom."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from annotate.comparisons.locks import (
    LockedMembership,
    lock_comparisons,
    lock_leased_comparison,
    lock_membership,
    lock_membership_of_lease,
    note_freed_slots,
    require_active,
)
from annotate.comparisons.resolution import resolve_comparisons
from annotate.comparisons.slots import fill_free_slots, has_free_slot, save_slots
from annotate.errors import ProjectPaused, QuizTooShort
from annotate.judging.next_comparison import find_next, is_exhausted, wait_for_a_candidate
from annotate.judging.screen_order import draw_order, lies_first_before
from annotate.judging.sides import draw_first_is_left
from annotate.models import Annotator, Comparison, Lease, LeaseState, Membership, Project
from annotate.quality.extra import find_extra

MOST_LIVE_LEASES = 2  # of one annotator in one project: what `Held` names
RECLAIMED_BY_A_CLAIM = 20
ATTEMPTS = 20  # at finding one that nobody else has locked; each waits for somebody to finish
SHOWN_FIRST = ("turn", "pk")  # a lease given back by undo keeps its first turn


@dataclass(frozen=True, slots=True)
class Held:
    """What an annotator holds in a project: the one shown, and the one fetched ahead."""

    current: Lease | None
    ahead: Lease | None


def lease_next(*, annotator: Annotator, project: Project, ahead: bool = False) -> Held:
    """The comparisons this annotator holds, sides unchanged; what is missing is claimed.

    Raises: NotAMember, MemberPaused, ProjectPaused.
    """
    for _attempt in range(ATTEMPTS):
        with transaction.atomic():
            locked = lock_membership(annotator=annotator, project=project)
            held = hold_next(locked, n_wanted=MOST_LIVE_LEASES if ahead else 1)
        n_reclaimed = 0
        if locked.is_something_expired:
            n_reclaimed = _reclaim_some(annotator=annotator, project=project)
        if (held.ahead if ahead else held.current) is not None:
            break
        if n_reclaimed:
            continue
        if held.current is not None or is_exhausted(locked.membership):
            break
        wait_for_a_candidate(locked.membership)
    return held


def hold_next(locked: LockedMembership, *, n_wanted: int, holds_nothing: bool = False) -> Held:
    """What `lease_next` does once the membership is locked, inside the caller's transaction.

    `holds_nothing` saves a query where the caller knows.
    """
    membership = locked.membership
    require_active(membership)
    if membership.project.is_paused:
        raise ProjectPaused
    held: list[Lease] = []
    if not holds_nothing:
        held = _renewed_if_old(leases_on_screen(membership).select_related(*SHOWN_WITH), locked)
    while len(held) < n_wanted and not is_exhausted(membership):
        try:
            lease = _claim(locked)
        except QuizTooShort:
            if not held:
                raise
            break  # the last of the quiz is theirs to judge; nothing is fetched ahead
        if lease is None:
            break
        held.append(lease)
    return Held(*held, *[None] * (MOST_LIVE_LEASES - len(held)))


def renew_leases(*, annotator: Annotator, project: Project) -> int:
    """Push back the end of what the annotator holds, for as long as they are at it.

    Raises: NotAMember, MemberPaused.
    """
    with transaction.atomic():
        membership = lock_membership(annotator=annotator, project=project).membership
        require_active(membership)
        held = leases_on_screen(membership).order_by("pk")
        held = held.select_for_update(of=("self",), no_key=True)
        return Lease.objects.filter(pk__in=[lease.pk for lease in held]).update(
            expires_at=Now() + timedelta(seconds=project.lease_seconds)
        )


@transaction.atomic
def release_lease(*, annotator: Annotator, lease_id: UUID) -> None:
    """Give a comparison back. Released twice, or after its end, it changes nothing more.

    Raises: LeaseLost, if there is no such lease of theirs.
    """
    membership = lock_membership_of_lease(annotator=annotator, lease_id=lease_id)
    leased = lock_leased_comparison(membership, lease_id)
    if end_lease(leased.lease, LeaseState.RELEASED):
        free_slot(leased.comparison)


@transaction.atomic
def release_leases_of(*, annotator: Annotator, project: Project) -> int:
    """Give back all that somebody holds, as when they are paused or leave the project."""
    locked = lock_membership(annotator=annotator, project=project)
    return end_all(list(live_leases(locked.membership)), LeaseState.RELEASED)


def release_expired(*, limit: int = 500) -> int:
    """Take back up to `limit` leases past their end, of all projects."""
    return expire(Lease.objects.all(), limit=limit)


def live_leases(membership: Membership) -> QuerySet[Lease]:
    return Lease.objects.filter(
        annotator=membership.annotator_id, project=membership.project_id, state=LeaseState.LIVE
    ).order_by(*SHOWN_FIRST)


def leases_on_screen(membership: Membership) -> QuerySet[Lease]:
    """What the judging page shows, or fetched ahead: all but what was taken along on a device."""
    return live_leases(membership).filter(is_offline=False)


def end_lease(lease: Lease, state: LeaseState) -> bool:
    """End a lease, if it is still live, and take it off its locked comparison, unsaved."""
    if not Lease.objects.filter(pk=lease.pk, state=LeaseState.LIVE).update(state=state):
        return False
    lease.state = state
    if not lease.is_extra:
        lease.comparison.n_leased -= 1
    return True


def free_slot(comparison: Comparison) -> None:
    """Save a locked comparison whose slot was freed; surplus has the first right to the slot."""
    n_promoted = fill_free_slots(comparison)
    save_slots(comparison)
    if n_promoted:
        resolve_comparisons([comparison])
    if has_free_slot(comparison):
        note_freed_slots(comparison.project_id)


def make_lease(
    locked: LockedMembership, comparison: Comparison, *, first_is_left: bool, **fields: Any
) -> Lease:
    """A lease from now on; the caller has made sure of its slot."""
    lease = new_lease(locked, comparison, first_is_left=first_is_left, **fields)
    lease.save(force_insert=True)
    return lease


def new_lease(
    locked: LockedMembership, comparison: Comparison, *, first_is_left: bool, **fields: Any
) -> Lease:
    """As `make_lease`, but not stored: many are stored at once.

    Of a set, `screen_order` among the fields says how its completions lie; else it is drawn.
    """
    if comparison.completion_set_id is not None:
        fields["screen_order"] = fields.get("screen_order") or draw_order(comparison)
        first_is_left = lies_first_before(comparison, fields["screen_order"])
    held = {"expires_at": _end_of_lease(locked), **fields}
    return Lease(
        project=locked.membership.project,
        comparison=comparison,
        annotator_id=locked.membership.annotator_id,
        first_is_left=first_is_left,
        protocol=locked.membership.project.protocol,
        **held,
    )


SHOWN_WITH = ("protocol", "comparison__prompt", "comparison__first", "comparison__second")


def _end_of_lease(locked: LockedMembership) -> datetime:
    return locked.now + timedelta(seconds=locked.membership.project.lease_seconds)


def _claim(locked: LockedMembership) -> Lease | None:
    membership = locked.membership
    lease = _claim_extra(locked)
    comparison = find_next(membership) if lease is None else None
    if comparison is not None:
        Comparison.objects.filter(pk=comparison.pk).update(n_leased=F("n_leased") + 1)
        comparison.n_leased += 1
        lease = make_lease(
            locked,
            comparison,
            first_is_left=draw_first_is_left(membership),
            turn=membership.n_sides_drawn,
        )
    membership.save(
        update_fields=["queue_epoch", "cursor", "n_freed_when_exhausted", "n_sides_drawn"]
    )
    return lease


def _claim_extra(locked: LockedMembership) -> Lease | None:
    """What is given for the sake of quality: no place of the comparison is taken by it."""
    membership = locked.membership
    extra = find_extra(membership)
    if extra is None:
        return None
    drawn = draw_first_is_left(membership)
    return make_lease(
        locked,
        extra.comparison,
        first_is_left=drawn if extra.first_is_left is None else extra.first_is_left,
        turn=membership.n_sides_drawn,
        is_extra=True,
    )


def _renewed_if_old(held: Iterable[Lease], locked: LockedMembership) -> list[Lease]:
    """Whoever comes back keeps what they hold: it gets its full time again, sides unchanged."""
    held = list(held)
    half_way = locked.now + timedelta(seconds=locked.membership.project.lease_seconds / 2)
    lost = set()
    for lease in sorted(held, key=lambda lease: lease.pk):  # leases are locked by ascending id
        if lease.expires_at < half_way:
            lease.expires_at = _end_of_lease(locked)
            live = Lease.objects.filter(pk=lease.pk, state=LeaseState.LIVE)
            if not live.update(expires_at=lease.expires_at):
                lost.add(lease.pk)  # reclaimed in this very moment
    return [lease for lease in held if lease.pk not in lost]


def _reclaim_some(*, annotator: Annotator, project: Project) -> int:
    """Free a few slots of people who left; one's own are still one's own, and get renewed."""
    of_others = Lease.objects.filter(project=project).exclude(annotator=annotator)
    return expire(of_others, limit=RECLAIMED_BY_A_CLAIM)


def expire(leases: QuerySet[Lease], *, limit: int) -> int:
    expired = list(
        leases.filter(state=LeaseState.LIVE, expires_at__lt=Now()).order_by("expires_at")[:limit]
    )
    if not expired:
        return 0
    with transaction.atomic():
        return end_all(expired, LeaseState.EXPIRED)


def end_all(leases: Sequence[Lease], state: LeaseState) -> int:
    """End these leases as far as they are still live (and, to expire, still past their end)."""
    comparisons = lock_comparisons(lease.comparison_id for lease in leases)
    ending = Lease.objects.filter(pk__in=[lease.pk for lease in leases], state=LeaseState.LIVE)
    if state == LeaseState.EXPIRED:
        ending = ending.filter(expires_at__lt=Now())  # it may have been renewed while we waited
    live = list(ending.order_by("pk").select_for_update(of=("self",), no_key=True))
    Lease.objects.filter(pk__in=[lease.pk for lease in live]).update(state=state)
    in_places = (lease.comparison_id for lease in live if not lease.is_extra)
    for comparison_id, n_ended in Counter(in_places).items():
        comparison = comparisons[comparison_id]
        comparison.n_leased -= n_ended
        free_slot(comparison)
    return len(live)
