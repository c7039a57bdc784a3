"""Judgements by day: of the past as last stored, and of today out of the table.

Days are those of the server's time zone. Counted are live judgements that fill a wanted place;
those that came by import all bear the day of it, so they are told apart.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from annotate.agreement.taking_part import HIDDEN
from annotate.models import AgreementReport, AnnotatorKind, Judgement, Project

Days = dict[date, tuple[int, int]]  # counted, and of those imported


def counted(project: Project) -> QuerySet[Judgement]:
    """What fills wanted places, gold among it."""
    return Judgement.objects.filter(
        project=project,
        withdrawn_at=None,
        is_counted=True,
        is_derived=False,
        comparison__repeat_of=None,
    ).exclude(comparison__state__in=HIDDEN)


def read_days(project: Project) -> list[list[Any]]:
    """Every day that has some, for the stored report: all judgements are read."""
    return [
        [day.isoformat(), n, n_imported]
        for day, (n, n_imported) in sorted(_days(counted(project)).items())
    ]


def days_of(project: Project, stored: AgreementReport | None) -> Days:
    """Stored days before that of the report, and the table from then on."""
    if stored is None:
        return _days(counted(project))
    begin = timezone.localdate(stored.computed_at)
    before: Days = {
        day: (n, n_imported)
        for text, n, n_imported in stored.report["by_day"]
        if (day := date.fromisoformat(text)) < begin
    }
    return before | _days(counted(project).filter(judged_at__gte=midnight(begin)))


def whole_days(days: Mapping[date, tuple[int, int]], today: date, *, most: int) -> list[int]:
    """What was judged here on each of the last whole days, from the first on which anything was."""
    here = {day: n - n_imported for day, (n, n_imported) in days.items() if n > n_imported}
    if not here:
        return []
    first = max(min(here), today - timedelta(days=most))
    return [here.get(first + timedelta(days=k), 0) for k in range((today - first).days)]


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _days(rows: QuerySet[Judgement]) -> Days:
    found = (
        rows.order_by()
        .annotate(day=TruncDate("judged_at"))
        .values("day")
        .annotate(n=Count("pk"), imported=Count("pk", Q(annotator__kind=AnnotatorKind.IMPORTED)))
    )
    return {row["day"]: (row["n"], row["imported"]) for row in found}
