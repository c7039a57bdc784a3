"""The one order in which rows are locked, so that nobody can wait in a circle.

1. the annotator's own membership: their tabs and retries take turns;
2. comparisons, by ascending id: their slots change hands only under this lock;
3. leases, by ascending id;
4. the project, for its counters, as the last thing.

A claim takes a comparison by SKIP LOCKED, so it waits for none while it holds one. SQLite knows
no row locks: there, `transaction.atomic` begins IMMEDIATE and one writer follows the other.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Now

from annotate.errors import LeaseLost, MemberPaused, NotAMember
from annotate.models import Annotator, Comparison, Lease, Membership, Project


def lock_membership(*, annotator: Annotator, project: Project) -> Membership:
    """The annotator's place in the project, with the database's clock as `database_now`.

    Raises: NotAMember.
    """
    membership = _lockable_memberships(annotator).filter(project=project).first()
    if membership is None:
        raise NotAMember
    return membership


def lock_membership_and_lease(*, annotator: Annotator, lease_id: UUID) -> tuple[Membership, Lease]:
    """Lock the annotator's place, and the comparison that this lease of theirs is about.

    The lease's state may have changed while we waited: whoever ends it does so by a conditional
    update and looks at the number of rows.

    Raises: LeaseLost, if there is no such lease of theirs.
    """
    membership = (
        _lockable_memberships(annotator).filter(project__leases__public_id=lease_id).first()
    )
    if membership is None:
        raise LeaseLost
    lease = (
        Lease.objects.select_related("comparison")
        .select_for_update(of=("comparison",), no_key=True)
        .filter(public_id=lease_id, annotator=annotator)
        .first()
    )
    if lease is None:
        raise LeaseLost
    lease.comparison.project = lease.project = membership.project
    return membership, lease


def require_active(membership: Membership) -> None:
    """Raises: MemberPaused."""
    if not membership.is_active:
        raise MemberPaused


def lock_comparisons(ids: Iterable[int]) -> dict[int, Comparison]:
    """Lock comparisons in the order of their ids, with their project's rule at hand."""
    comparisons = (
        Comparison.objects.filter(pk__in=set(ids))
        .select_related("project")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    return {comparison.pk: comparison for comparison in comparisons}


def note_freed_slots(project_id: int) -> None:
    """Wake those who were told that nothing is left: their next claim walks the queue again."""
    Project.objects.filter(pk=project_id).update(n_slots_freed=F("n_slots_freed") + 1)


def _lockable_memberships(annotator: Annotator):
    return (
        Membership.objects.filter(annotator=annotator)
        .select_related("project")
        .select_for_update(of=("self",), no_key=True)
        .annotate(database_now=Now())
    )
