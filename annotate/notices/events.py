"""Notices opened and resolved: one row for an event, or for a state of affairs while it lasts."""

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from annotate.models import Notice, NoticeKind, Project
from annotate.notices.notice_rules.known_rules import rules_in_force


def not_noted(kind: NoticeKind, subjects: Iterable[str]) -> set[str]:
    """Those of which nothing was ever told, asked at once: a beat sees the same ones each time."""
    wanted = set(subjects)
    noted = Notice.objects.filter(kind=kind, subject__in=wanted)
    return wanted - set(noted.values_list("subject", flat=True))


def note(*, kind: NoticeKind, subject: str, project: Project | None, facts: dict[str, Any]) -> bool:
    """Tell of something that happened, once for ever; whether this was the first time.

    Called again and again by whoever looks, it writes one row for a kind and a subject.
    """
    if Notice.objects.filter(kind=kind, subject=subject).exists():
        return False
    if project is not None and not rules_in_force(project)[kind].is_on:
        return False
    return _open(kind, subject, project, facts)


def open_or_update(
    *, kind: NoticeKind, subject: str, project: Project | None, facts: dict[str, Any]
) -> bool:
    """A state of affairs has begun, or goes on; whether it has begun."""
    standing = Notice.objects.filter(kind=kind, subject=subject, project=project, resolved_at=None)
    if standing.update(facts=facts):
        return False
    return _open(kind, subject, project, facts)


def resolve(*, kind: NoticeKind, subject: str, project: Project | None) -> bool:
    """It is so no more; whether it was."""
    standing = Notice.objects.filter(kind=kind, subject=subject, project=project, resolved_at=None)
    return bool(standing.update(resolved_at=Now()))


def _open(kind: NoticeKind, subject: str, project: Project | None, facts: dict[str, Any]) -> bool:
    try:
        with transaction.atomic():
            Notice.objects.create(kind=kind, subject=subject, project=project, facts=facts)
    except IntegrityError:  # another beat was quicker
        return False
    return True


def open_notices(kind: NoticeKind) -> QuerySet[Notice]:
    """What stands of a kind."""
    return Notice.objects.filter(kind=kind, resolved_at=None).select_related("project")
