"""Taking back a judgement, or a ranking as one thing.

Its rows stay; its slot goes to surplus, or to whoever corrects what they said.
"""

from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from annotate.access.audit import record_event
from annotate.comparisons.locks import (
    lock_comparisons,
    lock_membership,
    note_freed_slots,
    require_active,
)
from annotate.comparisons.resolution import resolve_comparisons
from annotate.comparisons.slots import (
    count_judgements,
    fill_free_slots,
    has_free_slot,
    save_slots,
    with_implied,
)
from annotate.errors import NothingToUndo
from annotate.judging.handing_back import hand_back
from annotate.models import Annotator, Comparison, Judgement, Lease, Membership, Ranking

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
BATCH = 100  # judgements taken back in one short transaction


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
    if judgement.is_derived:  # a ranking is taken back as a whole, by the one that stands for it
        judgement = Judgement.objects.get(ranking=judgement.ranking_id, is_derived=False)
    locked = lock_membership(annotator=annotator, project=judgement.project)
    require_active(locked.membership)
    return hand_back(
        locked,
        judgement.comparison_id,
        take_out=partial(_take_out, judgement),
        lease=judgement.lease,
        first_is_left=judgement.first_was_left,
    )


def withdraw_all(*, annotator: Annotator) -> int:
    """Withdraw everything this annotator ever judged, slots and all, as erasure may ask."""
    return _withdraw_each(Judgement.objects.filter(annotator=annotator))


def withdraw_since(
    *, membership: Membership, since: datetime, withdrawn_by: Annotator, reason: str = ""
) -> int:
    """Take back what somebody judged from then on, so that it is judged anew; how many it was.

    What they said of gold, and when asked once more, stays: it is why this is done. The reason, if
    one is given, is kept in the audit.
    """
    n_withdrawn = _withdraw_each(judged_since(membership, since))
    record_event(
        actor=withdrawn_by,
        action="member.judgements_withdrawn",
        target=f"annotator:{membership.annotator.pseudonym}",
        project=membership.project,
        after={"since": since.isoformat(), "n_judgements": n_withdrawn, "reason": reason},
    )
    return n_withdrawn


def judged_since(membership: Membership, since: datetime) -> QuerySet[Judgement]:
    """What `withdraw_since` takes back."""
    return Judgement.objects.filter(
        annotator=membership.annotator_id,
        project=membership.project_id,
        judged_at__gte=min(max(since, EARLIEST), LATEST),  # what every database can compare
        withdrawn_at=None,
        is_derived=False,
        comparison__gold_verdict="",
        comparison__repeat_of=None,
    )


def _withdraw_each(judgements: QuerySet[Judgement]) -> int:
    """In short transactions, a batch in each, as it may be somebody's work of months."""
    given = judgements.filter(withdrawn_at=None, is_derived=False).order_by("comparison", "pk")
    keys = list(given.values_list("pk", flat=True))
    return sum(
        _withdraw_batch(given.filter(pk__in=keys[start : start + BATCH]))
        for start in range(0, len(keys), BATCH)
    )


@transaction.atomic
def _withdraw_batch(judgements: QuerySet[Judgement]) -> int:
    batch = list(judgements)
    locked = lock_comparisons(judgement.comparison_id for judgement in batch)
    changed: list[Comparison] = []
    for judgement in batch:
        comparison = locked[judgement.comparison_id]
        if _take_out(judgement, comparison):
            save_slots(comparison)
            changed.append(comparison)
    resolve_comparisons(changed)
    for project_id in {one.project_id for one in changed if has_free_slot(one)}:
        note_freed_slots(project_id)
    return len(changed)


def _take_out(judgement: Judgement, comparison: Comparison) -> bool:
    """Withdraw from a locked comparison, unsaved; a slot freed goes to surplus first."""
    live = Judgement.objects.filter(pk=judgement.pk, withdrawn_at=None)
    is_counted = live.values_list("is_counted", flat=True).first()
    if is_counted is None:
        return False
    taken = with_implied([judgement])
    Judgement.objects.filter(pk__in=[one.pk for one in taken]).update(withdrawn_at=Now())
    Ranking.objects.filter(judgements=judgement).update(withdrawn_at=Now())
    if is_counted:
        count_judgements(comparison, taken, by=-1)
        fill_free_slots(comparison)
    return True
