"""What a person does with notices: read, put off, mute, and have letters sent."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.errors import InvalidInput
from annotate.models import Notice, NoticeChoice, NoticeKind, NoticeReading, Project, User
from annotate.notices.audience import notices_for, unread_by

SNOOZES = (1, 7)  # days
MOST_AT_ONCE = 500


def with_readings(notices: QuerySet[Notice], user: User) -> QuerySet[Notice]:
    """Each with what this person did with it, at `mine`."""
    mine = NoticeReading.objects.filter(user=user)
    return notices.select_related("project").prefetch_related(
        Prefetch("readings", queryset=mine, to_attr="mine")
    )


def mark_read(*, user: User, notice: Notice) -> None:
    _write(user, [notice], read_at=Now(), snoozed_until=None)


def mark_all_read(*, user: User) -> int:
    """How many there were."""
    unread = list(unread_by(user).order_by("-pk")[:MOST_AT_ONCE])
    _write(user, unread, read_at=Now(), snoozed_until=None)
    return len(unread)


def snooze(*, user: User, notice: Notice, days: int) -> None:
    """Out of the bell's count for so many days. Raises: InvalidInput."""
    if days not in SNOOZES:
        says = _("For one day, or for seven.")
        raise InvalidInput(says, field="days", value=days)
    until = timezone.now() + timedelta(days=days)
    _write(user, [notice], read_at=None, snoozed_until=until)


@transaction.atomic
def mute(*, user: User, kind: str, project: Project | None, is_muted: bool) -> None:
    """Neither bell nor letter for a kind in one project, or no longer so. Raises: InvalidInput."""
    if kind not in NoticeKind.values:
        raise InvalidInput(_("This kind is not known."), field="kind", value=kind)
    if is_muted:
        NoticeChoice.objects.update_or_create(
            user=user, kind=kind, project=project, defaults={"on_page": False, "by_email": False}
        )
    else:
        NoticeChoice.objects.filter(user=user, kind=kind, project=project).delete()


@transaction.atomic
def choose(*, user: User, on_page: Iterable[str], by_email: Iterable[str]) -> None:
    """How they hear of each kind, where they said nothing about one project."""
    shown, sent = set(on_page), set(by_email)
    for kind in NoticeKind.values:
        NoticeChoice.objects.update_or_create(
            user=user,
            kind=kind,
            project=None,
            defaults={"on_page": kind in shown, "by_email": kind in sent},
        )


def choices_of(user: User) -> dict[str, NoticeChoice]:
    """What holds everywhere, by kind; a kind that nothing was said of stands on the page."""
    said = {row.kind: row for row in user.notice_choices.filter(project=None)}
    return {kind: said.get(kind) or NoticeChoice(kind=kind) for kind in NoticeKind.values}


def find(user: User, public_id: UUID) -> Notice | None:
    return notices_for(user).filter(public_id=public_id).select_related("project").first()


def _write(user: User, notices: Iterable[Notice], **values: object) -> None:
    for notice in notices:
        NoticeReading.objects.update_or_create(user=user, notice=notice, defaults=values)
