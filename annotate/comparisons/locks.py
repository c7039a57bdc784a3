"""The one order in which rows are locked, so that nobody can wait in a circle.

1. the annotator's own membership: their tabs and retries take turns;
2. comparisons, by ascending id: their slots change hands only under this lock. Those that are
   derived come after all others: whoever locks one holds the representative of its set, which
   stands for them all, so that nobody waits for a derived one;
3. leases, by ascending id;
4. the project, for its counters, as the last thing.

A claim takes comparisons by SKIP LOCKED and waits for none: PostgreSQL keeps the lock of a row that
a walk along the queue has tried and found changed, so a walk may hold any of them. SQLite knows
no row locks: there, `transaction.atomic` begins IMMEDIATE and one writer follows the other.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Now

from annotate.database.prepared_query import PreparedQuery
from annotate.errors import LeaseLost, MemberPaused, NotAMember, PausedOnGold, QuizNotPassed
from annotate.models import (
    Annotator,
    Comparison,
    Exposure,
    Judgement,
    Lease,
    LeaseState,
    Membership,
    Project,
    Standing,
)


@dataclass(frozen=True, slots=True)
class LockedMembership:
    """An annotator's own membership under its lock, and what the locking query learnt beside it."""

    membership: Membership
    now: datetime  # by the database's clock, which all leases go by
    is_something_expired: bool  # whether there are leases of others to reclaim


@dataclass(frozen=True, slots=True)
class LeasedComparison:
    """A locked comparison, by an annotator's lease of it. Only the comparison is locked.

    The lease's state may have changed while we waited: whoever ends it does so by a conditional
    update and looks at the number of rows. The rest depends on this annotator alone, and cannot
    change under their membership's lock.
    """

    lease: Lease
    is_seen: bool  # whether they have seen what others said of it, or were told its gold
    is_key_used: bool  # whether a judgement of theirs in the project has this client's key
    is_other_held: bool  # whether they hold another; it may be reclaimed, but only they can claim

    @property
    def comparison(self) -> Comparison:
        return self.lease.comparison


def lock_membership(*, annotator: Annotator, project: Project) -> LockedMembership:
    """Raises: NotAMember."""
    found = _memberships.first_annotated(annotator_id=annotator.pk, project_id=project.pk)
    if found is None:
        raise NotAMember
    membership, learnt = found
    return LockedMembership(membership, **learnt)


@PreparedQuery
def _memberships(annotator_id: int, project_id: int) -> QuerySet[Membership]:
    expired = Lease.objects.filter(
        project=OuterRef("project"), state=LeaseState.LIVE, expires_at__lt=Now()
    ).exclude(annotator=annotator_id)
    return (
        _lockable_memberships(annotator_id)
        .filter(project=project_id)
        .annotate(now=Now(), is_something_expired=Exists(expired))
    )


def lock_membership_of_lease(*, annotator: Annotator, lease_id: UUID) -> Membership:
    """The annotator's membership in the project of a lease.

    Raises: LeaseLost, if there is no such lease in a project of theirs.
    """
    of_project = _lockable_memberships(annotator.pk).filter(project__leases__public_id=lease_id)
    membership = of_project.first()
    if membership is None:
        raise LeaseLost
    return membership


def lock_leased_comparison(
    membership: Membership, lease_id: UUID, *, key: str = ""
) -> LeasedComparison:
    """Lock the comparison that a lease of theirs is about; their membership is locked already.

    Raises: LeaseLost, if there is no such lease of theirs.
    """
    found = _leases.first_annotated(
        annotator_id=membership.annotator_id,
        project_id=membership.project_id,
        lease_id=lease_id,
        key=key,
    )
    if found is None:
        raise LeaseLost
    lease, learnt = found
    if lease.comparison.completion_set_id is not None:
        lease.comparison = lock_comparisons([lease.comparison_id])[lease.comparison_id]
    lease.comparison.project = lease.project = membership.project
    return LeasedComparison(lease, **learnt)


@PreparedQuery
def _leases(annotator_id: int, project_id: int, lease_id: UUID, key: str) -> QuerySet[Lease]:
    theirs = {"annotator": annotator_id}
    in_project = {"project": project_id, **theirs}
    on_screen = Lease.objects.filter(state=LeaseState.LIVE, is_offline=False, **in_project)
    other = on_screen.exclude(public_id=lease_id)
    return (
        Lease.objects.filter(public_id=lease_id, **in_project)
        .select_related("comparison", "protocol")
        .select_for_update(of=("comparison",), no_key=True)
        .annotate(
            is_seen=Exists(Exposure.objects.filter(comparison=OuterRef("comparison"), **theirs)),
            is_key_used=Exists(Judgement.objects.filter(key=key, **in_project)),
            is_other_held=Exists(other),
        )
    )


def require_active(membership: Membership) -> None:
    """Raises: MemberPaused, as PausedOnGold or QuizNotPassed where gold is why."""
    if not membership.is_active:
        raise MemberPaused
    if membership.standing == Standing.PAUSED:
        raise PausedOnGold
    if membership.standing == Standing.FAILED:
        raise QuizNotPassed


def lock_comparisons(ids: Iterable[int]) -> dict[int, Comparison]:
    """Lock comparisons in their order (see above), with their project's rule at hand.

    One of a set is locked with all its set: so what is returned may be more than was asked for.
    """
    wanted = set(ids)
    sets = Comparison.objects.filter(pk__in=wanted, completion_set__isnull=False)
    set_ids = set(sets.order_by().values_list("completion_set", flat=True))  # those never change
    if set_ids:
        in_sets = Comparison.objects.filter(completion_set__in=set_ids)
        wanted |= set(in_sets.values_list("pk", flat=True))
    comparisons = (
        Comparison.objects.filter(pk__in=wanted)
        .select_related("project__protocol")
        .select_for_update(of=("self",), no_key=True)
        .order_by("is_derived", "pk")
    )
    locked = {comparison.pk: comparison for comparison in comparisons}
    _acquaint(locked.values())
    return locked


def _acquaint(comparisons: Iterable[Comparison]) -> None:
    """Let comparisons of one set know of one another."""
    sets: dict[int, list[Comparison]] = defaultdict(list)
    for comparison in comparisons:
        if comparison.completion_set_id is not None:
            sets[comparison.completion_set_id].append(comparison)
            comparison.mates = sets[comparison.completion_set_id]


def note_freed_slots(project_id: int) -> None:
    """Wake those who were told that nothing is left: their next claim walks the queue again."""
    Project.objects.filter(pk=project_id).update(n_slots_freed=F("n_slots_freed") + 1)


def _lockable_memberships(annotator_id: int) -> QuerySet[Membership]:
    return (
        Membership.objects.filter(annotator=annotator_id)
        .select_related("project__protocol")
        .select_for_update(of=("self",), no_key=True)
    )
