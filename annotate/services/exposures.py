"""Who has seen others' judgements of a comparison: they may no longer judge it."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from annotate.models import (
    Adjudication,
    Annotator,
    Comparison,
    Exposure,
    Judgement,
    Lease,
    LeaseState,
    Project,
)
from annotate.services.leases import end_lease, free_slot
from annotate.services.locks import lock_comparisons, lock_membership

BATCH = 2000  # exposures noted in one short transaction


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


def record_exposure_to_project(*, annotator: Annotator, project: Project, until: datetime) -> None:
    """`record_exposure` of all that was judged in a project until then: a file holds the votes.

    What they hold goes first; the rest is noted in bulk, as a project may be large.
    """
    judged = _judged(project, until)
    held = Lease.objects.filter(annotator=annotator, project=project, state=LeaseState.LIVE)
    record_exposures(
        annotator=annotator, comparisons=judged.filter(pk__in=held.values("comparison"))
    )
    seen = Exposure.objects.filter(annotator=annotator, comparison=OuterRef("pk"))
    unseen = judged.filter(~Exists(seen)).order_by("pk").values_list("pk", flat=True)
    last = 0
    while ids := list(unseen.filter(pk__gt=last)[:BATCH]):
        Exposure.objects.bulk_create(
            [Exposure(annotator=annotator, comparison_id=pk) for pk in ids], ignore_conflicts=True
        )
        last = ids[-1]


def _judged(project: Project, until: datetime) -> QuerySet[Comparison]:
    judgements = Judgement.objects.filter(comparison=OuterRef("pk"), judged_at__lte=until)
    rulings = Adjudication.objects.filter(comparison=OuterRef("pk"), ruled_at__lte=until)
    return Comparison.objects.filter(
        Q(Exists(judgements)) | Q(Exists(rulings)), project=project
    ).select_related("project")
