"""Finding the next comparison for somebody: a walk along the queue from where they stand.

The queue is a partial index over open comparisons, and each membership remembers how far it has
walked. So a claim reads one index entry and the rows behind it, however large the project is and
however much this annotator has judged.
"""

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from annotate.models import Comparison, Exposure, Judgement, Lease, LeaseState, Membership, Skip


def is_exhausted(membership: Membership) -> bool:
    """Whether a whole walk found nothing, and nothing was freed or published since it began."""
    project = membership.project
    return (
        membership.queue_epoch == project.queue_epoch
        and membership.n_freed_when_exhausted == project.n_slots_freed
    )


def find_next(membership: Membership, *, may_wait: bool) -> Comparison | None:
    """Lock the next comparison for this member and move their cursor to it.

    Rows that others hold locked are passed over. If only such rows are left, it waits for them
    where `may_wait` says that no comparison is locked already, else it finds nothing for now.
    The caller saves the membership.
    """
    project = membership.project
    if membership.queue_epoch != project.queue_epoch:
        membership.queue_epoch, membership.cursor = project.queue_epoch, None
    candidates = candidates_for(membership)
    unlocked = candidates.select_for_update(of=("self",), no_key=True, skip_locked=True)
    found = None
    if membership.cursor is not None:
        found = unlocked.filter(queue_key__gt=membership.cursor).first()
    if found is None:
        found = unlocked.first()
    if found is None and connection.features.has_select_for_update_skip_locked:
        if may_wait:
            found = candidates.select_for_update(of=("self",), no_key=True).first()
        elif candidates.exists():
            return None
    if found is None:
        membership.n_freed_when_exhausted = project.n_slots_freed  # as it was before the walk
    else:
        membership.cursor = found.queue_key
    return found


def candidates_for(membership: Membership) -> QuerySet[Comparison]:
    """Open comparisons that this member may be asked about, in the order of the queue."""
    by_them = {"comparison": OuterRef("pk"), "annotator": membership.annotator_id}
    return (
        Comparison.objects.filter(
            ~Exists(Judgement.objects.filter(**by_them, withdrawn_at=None)),
            ~Exists(Skip.objects.filter(**by_them)),
            ~Exists(Lease.objects.filter(**by_them, state=LeaseState.LIVE)),
            ~Exists(Exposure.objects.filter(**by_them)),
            project=membership.project_id,
            is_open=True,
        )
        .select_related("prompt", "first", "second")
        .order_by("queue_key")
    )
