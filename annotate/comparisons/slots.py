"""A comparison has `wanted` slots, each free, held by a live lease, or filled by a judgement.

All of this works on a comparison that the caller has locked (see `locks`). A judgement that finds
no free slot is kept as surplus, and the oldest surplus fills the next slot that becomes free.
"""

from annotate.models import Comparison, Judgement, Verdict

VERDICT_COUNTS = {
    Verdict.FIRST: "n_first",
    Verdict.SECOND: "n_second",
    Verdict.TIE: "n_tie",
    Verdict.BOTH_BAD: "n_both_bad",
}
SLOT_FIELDS = ["wanted", "n_counted", "n_leased", "n_skips", *VERDICT_COUNTS.values()]


def has_free_slot(comparison: Comparison) -> bool:
    return comparison.n_counted + comparison.n_leased < comparison.wanted


def count_verdict(comparison: Comparison, verdict: str, by: int = 1) -> None:
    """Count a judgement in (by=1) or out (by=-1); `save_slots` writes it."""
    field = VERDICT_COUNTS[Verdict(verdict)]
    setattr(comparison, field, getattr(comparison, field) + by)
    comparison.n_counted += by


def fill_free_slots(comparison: Comparison) -> int:
    """Give free slots to surplus judgements, the oldest first; how many were promoted."""
    n_free = comparison.wanted - comparison.n_counted - comparison.n_leased
    if n_free <= 0:
        return 0
    surplus = list(
        comparison.judgements.filter(withdrawn_at=None, is_counted=False)
        .order_by("judged_at", "pk")
        .only("comparison", "verdict")[:n_free]
    )
    if surplus:
        Judgement.objects.filter(pk__in=[judgement.pk for judgement in surplus]).update(
            is_counted=True
        )
    for judgement in surplus:
        count_verdict(comparison, judgement.verdict)
    return len(surplus)


def save_slots(comparison: Comparison) -> None:
    comparison.save(update_fields=SLOT_FIELDS)
