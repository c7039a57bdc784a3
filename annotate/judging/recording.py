"""Storing a judgement: never edited, never lost, counted once."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from annotate.comparisons.locks import LeasedComparison, require_active
from annotate.comparisons.resolution import resolve_with
from annotate.comparisons.sets import without_gaps
from annotate.comparisons.slots import (
    count_verdict,
    fill_free_slots,
    has_free_slot,
    save_slots,
)
from annotate.errors import AlreadyJudged, KeyReused, LeaseLost, NotAsked, NotJudgeable, PartMissing
from annotate.judging.answers import Answer
from annotate.judging.exposures import require_unseen
from annotate.judging.leases import end_lease
from annotate.judging.protocols.declaration import check_answer
from annotate.judging.protocols.part import About
from annotate.judging.protocols.ranking import check_ranks, side_by
from annotate.judging.protocols.versions import shown_under
from annotate.judging.sides import by_completion, verdict_from_side
from annotate.models import Judgement, Lease, LeaseState, Membership, Protocol, Verdict
from annotate.quality.gold_answers import note_gold_answer


@dataclass(frozen=True, slots=True)
class Recorded:
    """A stored judgement; a replay is one that an earlier request had stored already.

    opens_a_place: whether its comparison wants one more by what it says, as adaptive overlap does.
    """

    judgement: Judgement
    is_replay: bool
    opens_a_place: bool = False


def record_answer(
    membership: Membership, leased: LeasedComparison, answer: Answer, *, key: str
) -> Recorded:
    """What `judge_and_hold_next` stores once its rows are locked, inside its transaction.

    The lease's slot is still its own until somebody reclaims it, even past its end. A judgement
    that comes later counts if a slot is free, and is kept as surplus if none is. The same key
    with the same body has no new effect and returns what was stored. What was asked is what the
    lease was shown under, though the project may ask for something else by now.

    Raises: InvalidInput (as VerdictNotOffered, PartMissing or NotAsked where the protocol is
        why), LeaseLost, MemberPaused, KeyReused, AlreadyJudged, NotJudgeable.
    """
    lease, comparison = leased.lease, leased.comparison
    protocol = shown_under(lease)
    answer = _with_its_side(answer, protocol)
    verdict = verdict_from_side(side=answer.side, lease=lease)
    answer.check()
    body_digest = answer.digest(verdict=verdict, lease_id=lease.public_id)
    if leased.is_key_used:
        return replayed(membership, key=key, body_digest=body_digest)
    require_active(membership)
    check_answer(answer, protocol.declaration, About(verdict, comparison))
    is_counted = take_slot(leased)
    keys = {"key": key, "body_digest": body_digest}
    judgement = _store(
        lease, answer, protocol=protocol, verdict=verdict, is_counted=is_counted, **keys
    )
    wanted_before = comparison.wanted
    if is_counted:
        count_verdict(comparison, verdict)
        if comparison.most:
            fill_free_slots(comparison)
    save_slots(comparison)
    if is_counted:
        resolve_with(comparison, judgement)
    if comparison.gold_verdict:
        note_gold_answer(membership, judgement)
    opens_a_place = comparison.wanted > wanted_before and has_free_slot(comparison)
    return Recorded(judgement, is_replay=False, opens_a_place=opens_a_place)


def _with_its_side(answer: Answer, protocol: Protocol) -> Answer:
    """Two answers that were put in order: their order says which is better."""
    if answer.ranks is None:
        if protocol.asks_ranking:
            raise PartMissing(field="ranks")
        return answer
    check_ranks(answer.ranks, n_ranked=2)
    if answer.side:
        raise NotAsked(field="verdict", value=answer.side)
    return replace(answer, ranks=without_gaps(answer.ranks), side=side_by(answer.ranks))


def replayed(membership: Membership, *, key: str, body_digest: str) -> Recorded:
    """What the same key had stored before. Raises: KeyReused, if it came with another body."""
    stored = Judgement.objects.get(
        annotator=membership.annotator_id, project=membership.project_id, key=key
    )
    if stored.body_digest != body_digest:
        raise KeyReused(field="key", value=key)
    return Recorded(stored, is_replay=True)


def take_slot(leased: LeasedComparison) -> bool:
    """End the lease and say whether its judgement counts. The comparison is locked, unsaved.

    Raises: AlreadyJudged, LeaseLost, NotJudgeable.
    """
    lease, comparison = leased.lease, leased.comparison
    by_them = {"annotator": lease.annotator_id}
    if leased.is_seen:
        require_unseen(annotator_id=lease.annotator_id, comparison=comparison)
    if end_lease(lease, LeaseState.SPENT):
        return _has_place(lease)
    # The lease had ended before: its slot was free for others since, so this judgement is late.
    _require_unjudged(lease)
    if comparison.skips.filter(**by_them, taken_back_at=None).exists():
        raise NotJudgeable(_("You have skipped this comparison."))
    other = comparison.leases.filter(**by_them, state=LeaseState.LIVE).first()
    if other is not None:  # handed out to them once more since: that slot is theirs to use
        other.comparison = comparison
        end_lease(other, LeaseState.RELEASED)
    Lease.objects.filter(pk=lease.pk).update(state=LeaseState.SPENT)
    return _has_place(lease)


def _has_place(lease: Lease) -> bool:
    """Whether its judgement counts: of a repeat always, of gold given beside the queue if free."""
    return lease.comparison.repeat_of_id is not None or has_free_slot(lease.comparison)


def _require_unjudged(lease: Lease) -> None:
    of_this_lease = Judgement.objects.filter(lease=lease).first()
    if of_this_lease is not None and of_this_lease.withdrawn_at is not None:
        raise LeaseLost
    if (
        of_this_lease is not None
        or lease.comparison.judgements.filter(
            annotator=lease.annotator_id, withdrawn_at=None
        ).exists()
    ):
        raise AlreadyJudged


def _store(
    lease: Lease,
    answer: Answer,
    *,
    protocol: Protocol,
    verdict: Verdict,
    is_counted: bool,
    key: str,
    body_digest: str,
) -> Judgement:
    acceptable = by_completion(answer.acceptable or {}, lease)
    return Judgement.objects.create(
        project_id=lease.project_id,
        comparison=lease.comparison,
        annotator_id=lease.annotator_id,
        lease=lease,
        verdict=verdict,
        strength=answer.strength,
        criteria={name: by_completion(ratings, lease) for name, ratings in answer.criteria.items()},
        reasons=list(answer.reasons),
        note=answer.note,
        edited_text=answer.edited_text,
        first_acceptable=acceptable.get("first"),
        second_acceptable=acceptable.get("second"),
        seconds=answer.seconds,
        first_was_left=lease.first_is_left,
        guidelines_version=lease.guidelines_version or lease.project.guidelines_version,
        protocol_version=protocol.version,
        key=key,
        body_digest=body_digest,
        is_counted=is_counted,
    )
