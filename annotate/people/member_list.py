"""A project's people as its lead looks through them: found, ordered, with how active they are."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotate.models import Judgement, Membership, Project
from annotate.people.members import members_of

IDLE_DAYS = 7
ACTIVE, PAUSED, IDLE = "active", "paused", "idle"
STATES: Mapping[str, str | Promise] = {
    ACTIVE: _("active"),
    PAUSED: _("paused"),
    IDLE: _("active, but no judgement in 7 days"),
}
BY_NAME, BY_LAST, BY_WEEK, BY_JUDGED, BY_JOINED = "name", "last", "week", "judged", "joined"
ORDERS: Mapping[str, str | Promise] = {
    BY_NAME: _("name"),
    BY_LAST: _("last active"),
    BY_WEEK: _("judged this week"),
    BY_JUDGED: _("judged in all"),
    BY_JOINED: _("newest first"),
}
NAME = Coalesce(Lower("annotator__user__username"), "annotator__pseudonym")
PLACES = {
    BY_NAME: (NAME,),
    BY_LAST: (F("last_judged_at").desc(nulls_last=True), NAME),
    BY_WEEK: ("-n_week", NAME),
    BY_JUDGED: ("-n_judged", NAME),
    BY_JOINED: ("-joined_at",),
}


def member_list(
    project: Project,
    *,
    search: str = "",
    role: str = "",
    state: str = "",
    group: UUID | None = None,
    order: str = BY_NAME,
) -> QuerySet[Membership]:
    """The members that a lead looks for, each with `last_judged_at`, and with `n_judged`, `n_week`
    and `n_today`: their live judgements, a ranking counted as one.

    Args:
        search: a part of a user name, pseudonym or cohort.
        state, order: a key of STATES, of ORDERS; others mean all, and by name.
        group: whose people alone are wanted.
    """
    now = timezone.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    given = Judgement.objects.filter(
        annotator=OuterRef("annotator"),
        project=OuterRef("project"),
        withdrawn_at=None,
        is_derived=False,
    )
    members = members_of(project).annotate(
        last_judged_at=Subquery(given.order_by("-judged_at").values("judged_at")[:1]),
        n_judged=_number(given),
        n_week=_number(given.filter(judged_at__gte=now - timedelta(days=IDLE_DAYS))),
        n_today=_number(given.filter(judged_at__gte=midnight)),
    )
    if search:
        names = ("annotator__user__username", "annotator__pseudonym", "cohort")
        looked_for = Q()
        for name in names:
            looked_for |= Q(**{f"{name}__icontains": search})
        members = members.filter(looked_for)
    if role:
        members = members.filter(role=role)
    if group is not None:
        members = members.filter(groups__public_id=group)
    if state in STATES:
        members = members.filter(is_active=state != PAUSED)
    if state == IDLE:
        members = members.filter(n_week=0)
    places = PLACES.get(order, PLACES[BY_NAME])
    return members.select_related("annotator__user").order_by(*places, "pk")


def _number(rows: QuerySet[Judgement]) -> Coalesce:
    counted = rows.order_by().values("annotator").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)
