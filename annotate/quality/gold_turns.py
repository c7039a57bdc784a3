"""Turns at which somebody is given gold, wherever it stands in the queue.

From a place drawn by lot, the next `WINDOW` of the project's gold are looked at, and the first of
them that this person does not know is theirs. So it costs the same for a thousand as for ten.
"""

from django.db.models import QuerySet

from annotate.models import Comparison, ComparisonState, Membership, Project
from annotate.models.corpus import RAND_KEY_BITS
from annotate.quality.drawn_turns import drawn, is_turn_of
from annotate.quality.extra_comparison import Extra, untouched_by

WINDOW = 50
ANSWERED = (ComparisonState.OPEN, ComparisonState.ADJUDICATED)


class GoldTurns:
    def is_due(self, membership: Membership) -> bool:
        return is_turn_of("gold", membership, every=membership.project.gold_every)

    def find(self, membership: Membership) -> Extra | None:
        return find_gold(membership)


def find_gold(membership: Membership) -> Extra | None:
    """Gold that this person does not know, from a place drawn for this turn."""
    name = f"gold:{membership.public_id}:{membership.n_sides_drawn}"
    start = drawn(name, below=2**RAND_KEY_BITS)
    gold = usable_gold(membership.project).order_by("rand_key")
    for part in (gold.filter(rand_key__gte=start), gold.filter(rand_key__lt=start)):
        window = list(part.values_list("pk", flat=True)[:WINDOW])
        if window:
            unknown = Comparison.objects.filter(
                untouched_by(membership.annotator_id), pk__in=window
            )
            found = unknown.select_related("prompt", "first", "second").order_by("rand_key").first()
            if found is not None:
                return Extra(found)
    return None


def usable_gold(project: Project) -> QuerySet[Comparison]:
    """Gold that may be handed out; of sets none: its verdict is on a pair, the answer an order."""
    return project.comparisons.filter(
        is_gold=True, state__in=ANSWERED, completion_set=None, repeat_of=None
    )
