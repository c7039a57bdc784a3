"""Who has seen others' judgements of a comparison: they may no longer judge it."""

from collections.abc import Iterable

from django.db import transaction

from annotate.models import Annotator, Comparison, Exposure, LeaseState
from annotate.services.leases import end_lease, free_slot
from annotate.services.locks import lock_comparisons, lock_membership


def record_exposure(*, annotator: Annotator, comparison: Comparison) -> None:
    """Note that they are about to see it all; call this before showing anything."""
    seen = Exposure.objects.filter(annotator=annotator, comparison=comparison)
    if seen.exists():
        return
    with transaction.atomic():
        if annotator.memberships.filter(project=comparison.project_id).exists():
            # their own judgement, sent in another tab, comes before this or after it
            lock_membership(annotator=annotator, project=comparison.project)
        locked = lock_comparisons([comparison.pk])[comparison.pk]
        Exposure.objects.get_or_create(annotator=annotator, comparison=comparison)
        for lease in locked.leases.filter(annotator=annotator, state=LeaseState.LIVE):
            lease.comparison = locked
            if end_lease(lease, LeaseState.RELEASED):
                free_slot(locked)


def record_exposures(*, annotator: Annotator, comparisons: Iterable[Comparison]) -> None:
    """`record_exposure` of all that a list is about to show."""
    shown = {comparison.pk: comparison for comparison in comparisons}
    seen = Exposure.objects.filter(annotator=annotator, comparison__in=shown)
    for pk in shown.keys() - set(seen.values_list("comparison_id", flat=True)):
        record_exposure(annotator=annotator, comparison=shown[pk])
