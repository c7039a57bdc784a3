"""Who works on a project now, who has stopped, and how much was judged today."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from annotate.models import AnnotatorKind, Judgement, Lease, LeaseState, Membership, Project, Role
from annotate.people.member_list import IDLE_DAYS, NAME

RECENT = timedelta(minutes=10)
MOST_SHOWN = 12


@dataclass(frozen=True)
class Worker:
    """A member who holds a comparison, or judged one within ten minutes."""

    membership: Membership
    n_today: int
    last_judged_at: datetime | None
    is_holding: bool


@dataclass(frozen=True)
class Working:
    """idle: annotators who may judge and have not for a week, at most so many; n_idle: all."""

    workers: tuple[Worker, ...]
    n_working: int
    idle: tuple[Membership, ...]
    n_idle: int
    n_today: int
    n_last_hour: int


def working_on(project: Project) -> Working:
    now = timezone.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    active = _active(project, now=now, midnight=midnight)
    holding = set(
        Lease.objects.filter(
            project=project, state=LeaseState.LIVE, is_offline=False, expires_at__gt=now
        ).values_list("annotator", flat=True)
    )
    at_work = holding | {key for key, (_n, _hour, last) in active.items() if last >= now - RECENT}
    members = _members(project).filter(annotator__in=at_work).order_by(NAME)
    idle = _idle(project, since=now - timedelta(days=IDLE_DAYS))
    return Working(
        workers=tuple(
            Worker(
                membership=one,
                n_today=active[one.annotator_id][0] if one.annotator_id in active else 0,
                last_judged_at=active[one.annotator_id][2] if one.annotator_id in active else None,
                is_holding=one.annotator_id in holding,
            )
            for one in members[:MOST_SHOWN]
        ),
        n_working=len(at_work),
        idle=tuple(idle.order_by(NAME)[:MOST_SHOWN]),
        n_idle=idle.count(),
        n_today=sum(n for n, _hour, _last in active.values()),
        n_last_hour=sum(hour for _n, hour, _last in active.values()),
    )


def _active(
    project: Project, *, now: datetime, midnight: datetime
) -> dict[int, tuple[int, int, datetime]]:
    """By annotator: judged today, judged in the last hour, and when last; of people alone."""
    begin = min(midnight, now - timedelta(hours=1))
    rows = (
        Judgement.objects.filter(
            project=project,
            judged_at__gte=begin,
            withdrawn_at=None,
            is_derived=False,
            annotator__kind=AnnotatorKind.PERSON,
        )
        .order_by()
        .values("annotator")
        .annotate(
            n=Count("pk", Q(judged_at__gte=midnight)),
            n_hour=Count("pk", Q(judged_at__gte=now - timedelta(hours=1))),
            last=Max("judged_at"),
        )
    )
    return {row["annotator"]: (row["n"], row["n_hour"], row["last"]) for row in rows}


def _members(project: Project) -> QuerySet[Membership]:
    return project.memberships.filter(left_at=None).select_related("annotator__user")


def _idle(project: Project, *, since: datetime) -> QuerySet[Membership]:
    lately = Judgement.objects.filter(
        annotator=OuterRef("annotator"), project=OuterRef("project"), judged_at__gte=since
    )
    return (
        _members(project)
        .filter(
            is_active=True,
            role=Role.ANNOTATOR,
            annotator__kind=AnnotatorKind.PERSON,
            joined_at__lt=since,
        )
        .exclude(Exists(lately))
    )
