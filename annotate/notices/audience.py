"""Who hears of a notice, and what they have done with it."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from annotate.models import (
    Membership,
    Notice,
    NoticeChoice,
    NoticeReading,
    Project,
    Role,
    User,
)

SHOWN_FOR_DAYS = 30


def notices_for(user: User) -> QuerySet[Notice]:
    """Those of the projects that they lead, and for site admins of the installation."""
    mine = Q(project__in=_led(user))
    if user.is_site_admin:
        mine |= Q(project=None)
    return Notice.objects.filter(mine)


def unread_by(user: User) -> QuerySet[Notice]:
    """What the bell counts: not read, not put off, not muted, and still so."""
    seen = NoticeReading.objects.filter(notice=OuterRef("pk"), user=user).filter(
        Q(read_at__isnull=False) | Q(snoozed_until__gt=Now())
    )
    return without_muted(notices_for(user).filter(resolved_at=None).exclude(Exists(seen)), user)


def without_muted(notices: QuerySet[Notice], user: User) -> QuerySet[Notice]:
    """A word on a kind in one project goes before the word on that kind everywhere."""
    choices = NoticeChoice.objects.filter(user=user, kind=OuterRef("kind"))
    here = choices.filter(project=OuterRef("project"))
    everywhere = choices.filter(project=None)
    muted = Q(Exists(here.filter(on_page=False))) | (
        Q(Exists(everywhere.filter(on_page=False))) & ~Q(Exists(here))
    )
    return notices.exclude(muted)


def by_email(project: Project | None, kind: str) -> list[User]:
    """Whom to send a letter about a kind: those who asked for it, and may see it."""
    if project is None:
        users = User.objects.filter(is_superuser=True)
    else:
        leads = Membership.objects.filter(project=project, role=Role.LEAD, is_active=True)
        users = User.objects.filter(pk__in=leads.values("annotator__user"))
    users = users.filter(is_active=True).exclude(email="")
    choices = list(NoticeChoice.objects.filter(user__in=users, kind=kind))
    where = None if project is None else project.pk
    here = {row.user_id: row for row in choices if row.project_id == where}
    everywhere = {row.user_id: row for row in choices if row.project_id is None}
    return [user for user in users.order_by("pk") if _wants(user, here, everywhere)]


def _wants(user: User, here: dict[int, NoticeChoice], everywhere: dict[int, NoticeChoice]) -> bool:
    choice = here.get(user.pk) or everywhere.get(user.pk)
    return choice is not None and choice.by_email


def _led(user: User) -> QuerySet[Membership, int]:
    return Membership.objects.filter(
        annotator__user=user, role=Role.LEAD, is_active=True
    ).values_list("project", flat=True)
