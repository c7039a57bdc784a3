"""Finding the next comparison for somebody: a walk along the queue from where they stand.

The queue is a partial index over open comparisons, and each membership remembers how far it has
walked. So a claim reads one index entry and the rows behind it, however large the project is and
however much this annotator has judged.
"""

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from annotate.comparisons.locks import lock_comparisons
from annotate.database.prepared_query import PreparedQuery
from annotate.models import Comparison, Exposure, Judgement, Lease, LeaseState, Membership, Skip

BEFORE_ALL = -(2**62)  # no queue_key is lower, whatever the priority


def is_exhausted(membership: Membership) -> bool:
    """Whether a whole walk found nothing, and nothing was freed or published since it began."""
    project = membership.project
    return (
        membership.queue_epoch == project.queue_epoch
        and membership.n_freed_when_exhausted == project.n_slots_freed
    )


def find_next(membership: Membership) -> Comparison | None:
    """Lock the next comparison for this member and move their cursor to it.

    Comparisons that others hold locked are passed over, as whoever waits here could hold what
    somebody else waits for. If only such comparisons are left, it finds nothing this time, and
    the member does not count as exhausted. The caller saves the membership.
    """
    project = membership.project
    if membership.queue_epoch != project.queue_epoch:
        membership.queue_epoch, membership.cursor = project.queue_epoch, None
    theirs = {"annotator_id": membership.annotator_id, "project_id": project.pk}
    found = None
    if membership.cursor is not None:
        found = _unlocked.first(**theirs, after=membership.cursor)
    if found is None:
        found = _unlocked.first(**theirs, after=BEFORE_ALL)
    if found is not None:
        membership.cursor = found.queue_key
    elif not candidates_for(**theirs).exists():
        membership.n_freed_when_exhausted = project.n_slots_freed  # as it was before the walk
    return found


def find_many(membership: Membership, n_wanted: int) -> list[Comparison]:
    """Lock the next comparisons for this member, in two queries at most, and move their cursor.

    As `find_next`, it passes over what others hold locked. The caller saves the membership.
    """
    project = membership.project
    if membership.queue_epoch != project.queue_epoch:
        membership.queue_epoch, membership.cursor = project.queue_epoch, None
    waiting = candidates_for(annotator_id=membership.annotator_id, project_id=project.pk)
    waiting = waiting.select_for_update(of=("self",), no_key=True, skip_locked=True)
    after = BEFORE_ALL if membership.cursor is None else membership.cursor
    found = list(waiting.filter(queue_key__gt=after)[:n_wanted])
    if len(found) < n_wanted and after != BEFORE_ALL:
        found += waiting.filter(queue_key__lte=after)[: n_wanted - len(found)]
    if found:
        membership.cursor = found[-1].queue_key
    return found


def wait_for_a_candidate(membership: Membership) -> None:
    """Wait until whoever holds the first candidate locked has finished, and lock nothing."""
    theirs = {"annotator_id": membership.annotator_id, "project_id": membership.project_id}
    first = candidates_for(**theirs).values_list("pk", flat=True).first()
    if first is not None:
        with transaction.atomic():
            lock_comparisons([first])


def candidates_for(*, annotator_id: int, project_id: int) -> QuerySet[Comparison]:
    """Open comparisons that a member may be asked about, in the order of the queue."""
    by_them = {"comparison": OuterRef("pk"), "annotator": annotator_id}
    return (
        Comparison.objects.filter(
            # One condition: four would be planned as joins, which takes longer than to run them.
            ~(
                Exists(Judgement.objects.filter(**by_them, withdrawn_at=None))
                | Exists(Skip.objects.filter(**by_them, taken_back_at=None))
                | Exists(Lease.objects.filter(**by_them, state=LeaseState.LIVE))
                | Exists(Exposure.objects.filter(**by_them))
            ),
            project=project_id,
            is_open=True,
            is_derived=False,
        )
        .select_related("prompt", "first", "second")
        .order_by("queue_key")
    )


@PreparedQuery
def _unlocked(annotator_id: int, project_id: int, after: int) -> QuerySet[Comparison]:
    candidates = candidates_for(annotator_id=annotator_id, project_id=project_id)
    return candidates.filter(queue_key__gt=after).select_for_update(
        of=("self",), no_key=True, skip_locked=True
    )
