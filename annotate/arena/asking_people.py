"""An arena wants judgements of people: what a machine says fills no place of theirs."""

from django.db.models import Count, F

from annotate.arena.counted_votes import counted_votes
from annotate.judging.priorities import MOST_WANTED, set_wanted
from annotate.models import HUMAN_KINDS, Arena, Comparison, ComparisonState

AT_ONCE = 100  # meetings


def ask_people_too(arena: Arena) -> int:
    """Where machines have taken all places, ask for as many more; of how many meetings."""
    by_machines = counted_votes(arena).exclude(annotator__kind__in=HUMAN_KINDS)
    filled = by_machines.filter(
        comparison__state=ComparisonState.OPEN,
        comparison__wanted__lte=F("comparison__n_counted"),
        comparison__wanted__lt=MOST_WANTED,
    )
    counted = filled.order_by().values("comparison").annotate(n_machines=Count("pk"))
    short = counted.filter(comparison__wanted__lt=arena.wanted + F("n_machines"))[:AT_ONCE]
    n_machines = {row["comparison"]: row["n_machines"] for row in short}
    return sum(
        set_wanted(
            wanted=min(arena.wanted + n_machines[comparison.pk], MOST_WANTED),
            comparison=comparison,
        )
        for comparison in Comparison.objects.filter(pk__in=n_machines).order_by("pk")
    )
