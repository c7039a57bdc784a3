"""What leaves the queue with an arena's end, and comes back when it is wanted again.

A comparison that somebody archived for a reason of their own never comes back by this: every
meeting of what an arena's end archived says so, also those of other arenas.
"""

from django.db.models import Exists, OuterRef, QuerySet

from annotate.comparisons.locks import lock_comparisons
from annotate.models import Arena, ArenaState, Comparison, ComparisonState, Meeting


def put_away(arena: Arena) -> None:
    """Archive what arenas alone brought into the queue and nobody has begun, unless another waits.

    In the caller's transaction, as `bring_back`.
    """
    met = Meeting.objects.filter(comparison=OuterRef("pk"))
    elsewhere = met.exclude(arena=arena).exclude(arena__state=ArenaState.CLOSED)
    leaving = Comparison.objects.filter(
        Exists(met.filter(arena=arena)),
        Exists(met.filter(is_adopted=False)),
        ~Exists(elsewhere),
        state=ComparisonState.OPEN,
        n_counted=0,
        n_leased=0,
    )
    moved = [
        pk
        for pk, one in _locked(leaving, ComparisonState.OPEN).items()
        if not one.n_counted and not one.n_leased
    ]
    Comparison.objects.filter(pk__in=moved).update(state=ComparisonState.ARCHIVED)
    Meeting.objects.filter(comparison__in=moved).update(is_put_away=True)


def bring_back(comparison_ids: QuerySet[Meeting, int] | list[int]) -> list[int]:
    """Those of them that an arena's end archived are to be judged again; their keys."""
    put_away = Meeting.objects.filter(comparison__in=comparison_ids, is_put_away=True)
    archived = Comparison.objects.filter(pk__in=put_away.values("comparison"))
    moved = list(_locked(archived, ComparisonState.ARCHIVED))
    Comparison.objects.filter(pk__in=moved).update(state=ComparisonState.OPEN)
    Meeting.objects.filter(comparison__in=moved).update(is_put_away=False)
    return moved


def _locked(comparisons: QuerySet[Comparison], state: ComparisonState) -> dict[int, Comparison]:
    """Locked, and still in that state."""
    keys = comparisons.filter(state=state).values_list("pk", flat=True)
    return {pk: one for pk, one in lock_comparisons(keys).items() if one.state == state}
