"""What a strategy finds, and what nobody may be given."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from annotate.models import Comparison, Exposure, Judgement, Lease, LeaseState, Skip


@dataclass(frozen=True, slots=True)
class Extra:
    """A comparison for one person; how it lies is drawn, unless it has to lie in one way."""

    comparison: Comparison
    first_is_left: bool | None = None


def untouched_by(annotator_id: int) -> Q:
    """Comparisons that somebody neither holds nor has judged, skipped or seen others' votes on."""
    by_them = {"comparison": OuterRef("pk"), "annotator": annotator_id}
    return ~(
        Exists(Judgement.objects.filter(**by_them, withdrawn_at=None))
        | Exists(Skip.objects.filter(**by_them, taken_back_at=None))
        | Exists(Lease.objects.filter(**by_them, state=LeaseState.LIVE))
        | Exists(Exposure.objects.filter(**by_them))
    )
