"""A comparison has `wanted` slots, each free, held by a live lease, or filled by a judgement.

All of this works on a comparison that the caller has locked (see `locks`). A judgement that finds
no free slot is kept as surplus, and the oldest surplus fills the next slot that becomes free.

What is judged for the sake of quality alone is beside the places: extra judgements of gold are
surplus. A silent repeat is for one person, and has as many places as it has judgements, so that
it is never open to others.

The comparisons of a set share their slots: leases are counted on its representative alone, and
a ranking fills one slot of each by the judgements that it implies.
"""

from collections.abc import Sequence

from annotate.comparisons.adaptive_overlap import fit_wanted
from annotate.comparisons.verdict_counts import VERDICT_COUNTS
from annotate.models import Comparison, Judgement, Verdict

SLOT_FIELDS = ["wanted", "n_counted", "n_leased", "n_skips", *VERDICT_COUNTS.values()]


def whole_of(comparison: Comparison) -> Sequence[Comparison]:
    """A locked comparison, with the others of its set if it is of one."""
    if comparison.completion_set_id is None:
        return [comparison]
    if not comparison.mates:
        raise LookupError(f"comparison {comparison.pk} is not locked together with its set")
    return comparison.mates


def representative_of(comparison: Comparison) -> Comparison:
    """The one whose slots these are: itself, unless another represents its set."""
    return next(one for one in whole_of(comparison) if not one.is_derived)


def has_free_slot(comparison: Comparison) -> bool:
    lead = representative_of(comparison)
    return lead.n_counted + lead.n_leased < lead.wanted


def count_verdict(comparison: Comparison, verdict: str, by: int = 1) -> None:
    """Count a judgement in (by=1) or out (by=-1); `save_slots` writes it."""
    field = VERDICT_COUNTS[Verdict(verdict)]
    setattr(comparison, field, getattr(comparison, field) + by)
    comparison.n_counted += by
    if comparison.repeat_of_id is not None:
        comparison.wanted = comparison.n_counted + comparison.n_leased


def count_judgements(comparison: Comparison, judgements: Sequence[Judgement], by: int) -> None:
    """Count judgements of a comparison, or of others of its set, in (by=1) or out (by=-1)."""
    counted = {one.pk: one for one in whole_of(comparison)}
    for judgement in judgements:
        count_verdict(counted[judgement.comparison_id], judgement.verdict, by=by)


def _mark(judgements: Sequence[Judgement], *, is_counted: bool) -> None:
    Judgement.objects.filter(pk__in=[judgement.pk for judgement in judgements]).update(
        is_counted=is_counted
    )


def turn_into_surplus(comparison: Comparison, judgements: Sequence[Judgement]) -> None:
    """Keep counted judgements of a comparison, but count them and what they imply no longer."""
    taken = with_implied(judgements)
    _mark(taken, is_counted=False)
    count_judgements(comparison, taken, by=-1)


def with_implied(judgements: Sequence[Judgement]) -> list[Judgement]:
    """Judgements of one comparison, with all that the same rankings say of others."""
    rankings = [one.ranking_id for one in judgements if one.ranking_id is not None]
    if not rankings:
        return list(judgements)
    return list(Judgement.objects.filter(ranking__in=rankings))


def fill_free_slots(comparison: Comparison) -> int:
    """Give free slots to surplus judgements, the oldest first; how many were promoted.

    Where the overlap is adaptive, what is counted changes what is wanted, and so on.
    """
    lead = representative_of(comparison)
    n_promoted = 0
    while True:
        fit_wanted(lead)
        n_now = _promote(lead, lead.wanted - lead.n_counted - lead.n_leased)
        n_promoted += n_now
        if not (n_now and lead.most):
            return n_promoted


def _promote(lead: Comparison, n_free: int) -> int:
    if n_free <= 0:
        return 0
    surplus = list(
        lead.judgements.filter(withdrawn_at=None, is_counted=False)
        .order_by("judged_at", "pk")
        .only("comparison", "verdict", "ranking")[:n_free]
    )
    if surplus:
        promoted = with_implied(surplus)
        _mark(promoted, is_counted=True)
        count_judgements(lead, promoted, by=1)
    return len(surplus)


def save_slots(comparison: Comparison) -> None:
    """Write the slots of a comparison, and of all its set."""
    whole = whole_of(comparison)
    if len(whole) == 1:
        comparison.save(update_fields=SLOT_FIELDS)
    else:
        Comparison.objects.bulk_update(whole, SLOT_FIELDS)
