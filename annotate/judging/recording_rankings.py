"""Storing a ranking with a judgement of every comparison of its set: all of it, or nothing."""

from collections.abc import Mapping, Sequence
from uuid import uuid4

from annotate.comparisons.locks import LeasedComparison, require_active
from annotate.comparisons.resolution import resolve_comparisons
from annotate.comparisons.sets import without_gaps
from annotate.comparisons.slots import count_judgements, save_slots, whole_of
from annotate.database.bulk_insert import insert
from annotate.errors import NotAsked, PartMissing, VerdictNotOffered
from annotate.judging.answers import Answer
from annotate.judging.protocols.declaration import check_beside
from annotate.judging.protocols.part import About
from annotate.judging.protocols.ranking import check_ranks
from annotate.judging.protocols.versions import shown_under
from annotate.judging.recording import Recorded, replayed, take_slot
from annotate.judging.screen_order import as_shown
from annotate.models import (
    Comparison,
    Judgement,
    Lease,
    Membership,
    Protocol,
    Ranking,
    RankingPlace,
    SetMember,
    Verdict,
)

Verdicts = Mapping[int, Verdict]  # by a comparison's id


def record_ranking(
    membership: Membership, leased: LeasedComparison, answer: Answer, *, key: str
) -> Recorded:
    """What `record_answer` does, where a set is leased; the judgement returned stands for it all.

    Raises: as `record_answer`.
    """
    lease = leased.lease
    protocol = shown_under(lease)
    shown = as_shown(lease)
    ranks = _checked_ranks(answer, n_ranked=len(shown))
    ranked = {member.completion_id: rank for member, rank in zip(shown, ranks, strict=True)}
    verdicts = {one.pk: verdict_by(ranked, one) for one in whole_of(lease.comparison)}
    lead = verdicts[lease.comparison_id]
    body_digest = answer.digest(verdict=lead, lease_id=lease.public_id)
    if leased.is_key_used:
        return replayed(membership, key=key, body_digest=body_digest)
    require_active(membership)
    if Verdict.TIE in verdicts.values() and Verdict.TIE not in protocol.verdicts:
        raise VerdictNotOffered(field="ranks", value=Verdict.TIE.value)
    check_beside(answer, protocol.declaration, About(Verdict.FIRST, lease.comparison))
    is_counted = take_slot(leased)
    ranking = _store(lease, shown, ranks)
    rows = _judgements(leased, ranking, verdicts, protocol, is_counted=is_counted)
    rows[0] |= {"key": key, "body_digest": body_digest, **_beside(answer)}
    insert(Judgement, rows)
    judgements = list(ranking.judgements.order_by("pk"))
    if is_counted:
        count_judgements(lease.comparison, judgements, by=1)
    save_slots(lease.comparison)
    if is_counted:
        resolve_comparisons([lease.comparison])
    return Recorded(next(one for one in judgements if not one.is_derived), is_replay=False)


def verdict_by(ranked: Mapping[int, int], comparison: Comparison) -> Verdict:
    """What ranks of completions, by their ids, say of a comparison of two of them."""
    first, second = ranked[comparison.first_id], ranked[comparison.second_id]
    if first == second:
        return Verdict.TIE
    return Verdict.FIRST if first < second else Verdict.SECOND


def _checked_ranks(answer: Answer, *, n_ranked: int) -> list[int]:
    if answer.ranks is None:
        raise PartMissing(field="ranks")
    check_ranks(answer.ranks, n_ranked=n_ranked)
    if answer.side:
        raise NotAsked(field="verdict", value=answer.side)
    answer.check()
    return without_gaps(answer.ranks)


def _store(lease: Lease, shown: Sequence[SetMember], ranks: Sequence[int]) -> Ranking:
    ranking = Ranking.objects.create(
        completion_set_id=shown[0].completion_set_id, annotator_id=lease.annotator_id
    )
    places = [
        {"ranking_id": ranking.pk, "member_id": member.pk, "rank": rank, "shown_at": place}
        for place, (member, rank) in enumerate(zip(shown, ranks, strict=True))
    ]
    insert(RankingPlace, places)
    return ranking


def _beside(answer: Answer | None) -> dict[str, object]:
    """What is said once for a ranking, with the judgement that stands for it."""
    if answer is None:
        return {"reasons": [], "note": "", "seconds": None}
    return {"reasons": list(answer.reasons), "note": answer.note, "seconds": answer.seconds}


def _judgements(
    leased: LeasedComparison,
    ranking: Ranking,
    verdicts: Verdicts,
    protocol: Protocol,
    *,
    is_counted: bool,
) -> list[dict[str, object]]:
    """One for each comparison, the one that stands for the ranking first."""
    lease = leased.lease
    whole = sorted(whole_of(lease.comparison), key=lambda one: one.is_derived)
    place = {member.completion_id: place for place, member in enumerate(as_shown(lease))}
    return [
        {
            "public_id": uuid4(),
            "project_id": lease.project_id,
            "comparison_id": one.pk,
            "annotator_id": lease.annotator_id,
            "lease_id": None if one.is_derived else lease.pk,
            "verdict": verdicts[one.pk].value,
            "first_was_left": place[one.first_id] < place[one.second_id],
            "guidelines_version": lease.guidelines_version or lease.project.guidelines_version,
            "protocol_version": protocol.version,
            "ranking_id": ranking.pk,
            "is_derived": one.is_derived,
            "key": f"ranking:{ranking.public_id.hex}:{number}",
            "body_digest": "",
            **_beside(None),
            "is_counted": is_counted,
        }
        for number, one in enumerate(whole)
    ]
