"""Comparisons taken along on a device, to be judged where there is no network.

They are leases like others, in slots like others, but for longer and without renewal. What one
person holds of them in a project never exceeds the project's batch, so nobody hoards.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from annotate.comparisons.locks import LockedMembership, lock_membership, require_active
from annotate.errors import OfflineNotOffered, ProjectPaused, QuizFirst
from annotate.judging.leases import SHOWN_WITH, end_all, expire, live_leases, new_lease
from annotate.judging.next_comparison import find_many
from annotate.judging.sides import draw_first_is_left
from annotate.models import Annotator, Comparison, Lease, LeaseState, Membership, Project, Protocol
from annotate.quality.quiz_turns import is_in_quiz

RECLAIMED_BY_A_BATCH = 100


def take_along(*, annotator: Annotator, project: Project) -> list[Lease]:
    """What this annotator has taken along, filled up to the project's batch.

    Taken twice, it is the same batch. While some of it was shown under an earlier protocol,
    nothing is added: one device asks one thing at a time.

    Raises: NotAMember, MemberPaused (as QuizFirst before it is passed), ProjectPaused,
        OfflineNotOffered.
    """
    expire(Lease.objects.filter(project=project), limit=RECLAIMED_BY_A_BATCH)
    with transaction.atomic():
        locked = lock_membership(annotator=annotator, project=project)
        membership = locked.membership
        require_active(membership)
        if membership.project.is_paused:
            raise ProjectPaused
        if not membership.project.offline_pairs:
            raise OfflineNotOffered
        if is_in_quiz(membership):
            raise QuizFirst
        held = list(_taken(membership).select_related(*SHOWN_WITH))
        if all(lease.protocol_id == membership.project.protocol_id for lease in held):
            held += _claim_batch(locked, membership.project.offline_pairs - len(held))
        return held


def taken_along(annotator: Annotator, project: Project) -> QuerySet[Lease]:
    """What they may judge without a network now, in the order in which it was taken."""
    membership = Membership(annotator=annotator, project=project)
    return _taken(membership).select_related(*SHOWN_WITH)


def protocol_along(annotator: Annotator, project: Project) -> Protocol:
    """What the device asks: as it was when the batch was taken, else as it is now."""
    held = taken_along(annotator, project).first()
    return held.protocol if held and held.protocol else project.current_protocol


@transaction.atomic
def give_back(*, annotator: Annotator, project: Project) -> int:
    """Free all that was taken along and not judged; how many that was.

    Raises: NotAMember.
    """
    locked = lock_membership(annotator=annotator, project=project)
    return end_all(list(_taken(locked.membership)), LeaseState.RELEASED)


def _taken(membership: Membership) -> QuerySet[Lease]:
    return live_leases(membership).filter(is_offline=True)


def _claim_batch(locked: LockedMembership, n_wanted: int) -> list[Lease]:
    """So many as there are, at the same few queries however many that is."""
    membership = locked.membership
    if n_wanted <= 0:
        return []
    comparisons = find_many(membership, n_wanted)
    Comparison.objects.filter(pk__in=[one.pk for one in comparisons]).update(
        n_leased=F("n_leased") + 1
    )
    leases = [_lease(locked, comparison) for comparison in comparisons]
    Lease.objects.bulk_create(leases)
    membership.save(update_fields=["queue_epoch", "cursor", "n_sides_drawn"])
    return leases


def _lease(locked: LockedMembership, comparison: Comparison) -> Lease:
    membership = locked.membership
    project = membership.project
    comparison.n_leased += 1
    return new_lease(
        locked,
        comparison,
        first_is_left=draw_first_is_left(membership),
        turn=membership.n_sides_drawn,
        is_offline=True,
        guidelines_version=project.guidelines_version,
        expires_at=locked.now + timedelta(hours=project.offline_hours),
    )
