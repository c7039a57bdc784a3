"""Who knows others' judgements of a comparison, or its gold: they may no longer judge it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet, Value
from django.utils.translation import gettext as _

from annotate.comparisons.locks import lock_comparisons, lock_membership
from annotate.comparisons.slots import representative_of
from annotate.errors import NotJudgeable
from annotate.judging.leases import end_lease, free_slot
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

BATCH = 10_000  # exposures noted in one short transaction


def require_unseen(*, annotator_id: int, comparison: Comparison) -> None:
    """For those who would judge it, or take back what they judged. Raises: NotJudgeable."""
    exposure = comparison.exposures.filter(annotator=annotator_id).first()
    if exposure is None:
        return
    if exposure.is_to_gold:
        raise NotJudgeable(_("You were told what was expected here, so what you said stands."))
    raise NotJudgeable(_("You have seen what others said about this comparison."))


def record_exposure(*, annotator: Annotator, comparison: Comparison) -> None:
    """Note that they are about to see it all; call this before showing anything."""
    record_exposures(annotator=annotator, comparisons=[comparison])


def record_exposures(*, annotator: Annotator, comparisons: Iterable[Comparison]) -> None:
    """`record_exposure` of all that a list is about to show, at once."""
    shown = {comparison.pk: comparison for comparison in comparisons}
    seen = Exposure.objects.filter(annotator=annotator, comparison__in=shown)
    new = shown.keys() - set(seen.values_list("comparison_id", flat=True))
    if new:
        _record(annotator, [shown[pk] for pk in sorted(new)])


@transaction.atomic
def _record(annotator: Annotator, comparisons: Sequence[Comparison]) -> None:
    """Whoever knows the votes on a pair ranks its set no more."""
    own = annotator.memberships.filter(project__in={one.project_id for one in comparisons})
    for membership in own.select_related("project").order_by("project"):
        # their own judgement, sent in another tab, comes before this or after it
        lock_membership(annotator=annotator, project=membership.project)
    locked = lock_comparisons([comparison.pk for comparison in comparisons])
    leads = [representative_of(locked[comparison.pk]) for comparison in comparisons]
    by_key = {lead.pk: lead for lead in leads}
    spoilt = sorted({comparison.pk for comparison in comparisons} | by_key.keys())
    Exposure.objects.bulk_create(
        [Exposure(annotator=annotator, comparison_id=pk) for pk in spoilt], ignore_conflicts=True
    )
    held = Lease.objects.filter(comparison__in=by_key, annotator=annotator, state=LeaseState.LIVE)
    for lease in held.order_by("pk"):
        lease.comparison = by_key[lease.comparison_id]
        if end_lease(lease, LeaseState.RELEASED):
            free_slot(lease.comparison)


def record_exposure_to_project(*, annotator: Annotator, project: Project, until: datetime) -> None:
    """`record_exposure` of all that was judged in a project until then: a file holds the votes.

    What they hold goes first; the rest is noted in bulk, as a project may be large.
    """
    judged = _judged(project, until)
    held = Lease.objects.filter(annotator=annotator, project=project, state=LeaseState.LIVE)
    record_exposures(
        annotator=annotator, comparisons=judged.filter(pk__in=held.values("comparison"))
    )
    ids = judged.order_by("pk").values_list("pk", flat=True)
    last = 0
    while batch := list(ids.filter(pk__gt=last)[:BATCH]):
        _insert(judged.filter(pk__gt=last, pk__lte=batch[-1]), annotator)
        last = batch[-1]


def _insert(comparisons: QuerySet[Comparison], annotator: Annotator) -> None:
    """By the database itself: to build a row of each here would take many times as long."""
    columns = comparisons.order_by().annotate(
        seen_by=Value(annotator.pk, output_field=BigIntegerField())
    )
    select, parameters = columns.values_list("pk", "seen_by").query.sql_with_params()
    table = connection.ops.quote_name(Exposure._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (comparison_id, annotator_id) {select} ON CONFLICT DO NOTHING",
            parameters,
        )


def _judged(project: Project, until: datetime) -> QuerySet[Comparison]:
    judgements = Judgement.objects.filter(comparison=OuterRef("pk"), judged_at__lte=until)
    rulings = Adjudication.objects.filter(comparison=OuterRef("pk"), ruled_at__lte=until)
    return Comparison.objects.filter(
        Q(Exists(judgements)) | Q(Exists(rulings)), project=project
    ).select_related("project")
