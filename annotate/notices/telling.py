"""What is new goes out: one message to each webhook and each reader, however much happened.

A notice is marked as told in the transaction that puts its messages into the outbox. After a
message a project rests for some minutes; what comes up meanwhile goes into the next one together.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotate.models import Notice, Project, User, Webhook
from annotate.notices.audience import by_email
from annotate.notices.links import absolute_url
from annotate.notices.mail import has_mail_server, queue_email
from annotate.notices.notice_words import about, path_of, sentence_of, title_of
from annotate.notices.webhooks import queue_message
from annotate.text.language import in_language_of

REST_SECONDS = 600
MOST_LINES = 20
TO_BE_TOLD = Q(opening_told_at=None) | Q(end_told_at=None, resolved_at__isnull=False)


def tell_what_is_new() -> int:
    """How many projects, and the installation, had something to tell."""
    waiting = Notice.objects.filter(TO_BE_TOLD).values_list("project", flat=True).distinct()
    return sum(_tell(project_id) for project_id in list(waiting.order_by("project")))


@transaction.atomic
def _tell(project_id: int | None) -> bool:
    notices = Notice.objects.filter(project=project_id)
    rows = list(notices.filter(TO_BE_TOLD).select_for_update(of=("self",)).order_by("pk"))
    if not rows or _rests(notices):
        return False
    fleeting = [row for row in rows if row.opening_told_at is None and row.resolved_at is not None]
    begun = [row for row in rows if row.opening_told_at is None and row.resolved_at is None]
    ended = [row for row in rows if row.opening_told_at is not None]
    project = None if project_id is None else Project.objects.get(pk=project_id)
    for row in rows:
        row.project = project  # one object for all: their words name it
    if begun or ended:
        _to_webhooks(project, begun, ended)
        _to_readers(project, begun)
    told = notices.filter(pk__in=[row.pk for row in (*begun, *fleeting)])
    told.update(opening_told_at=Now())
    over = notices.filter(pk__in=[row.pk for row in (*ended, *fleeting)])
    over.update(end_told_at=Now())
    return True


def _rests(notices: QuerySet[Notice]) -> bool:
    since = Now() - timedelta(seconds=REST_SECONDS)
    return notices.filter(Q(opening_told_at__gt=since) | Q(end_told_at__gt=since)).exists()


def _to_webhooks(project: Project | None, begun: Sequence[Notice], ended: Sequence[Notice]) -> None:
    if project is None:
        return
    for webhook in Webhook.objects.filter(project=project, is_active=True).order_by("pk"):
        wanted = [row for row in begun if _wants(webhook, row)]
        over = [row for row in ended if _wants(webhook, row)]
        if not wanted and not over:
            continue
        webhook.project = project
        with in_language_of(webhook):
            queue_message(
                webhook=webhook,
                type="notices",
                title=_title(project, [*wanted, *over]),
                text=_text(wanted, over),
                path=path_of([*wanted, *over][0]),
                data={"begun": _data(wanted), "ended": _data(over)},
            )


def _to_readers(project: Project | None, begun: Sequence[Notice]) -> None:
    """Letters tell of what begins; that it has ended stands on the page."""
    if not has_mail_server():
        return
    wanted: dict[User, list[Notice]] = {}
    for kind in dict.fromkeys(row.kind for row in begun):
        for user in by_email(project, kind):
            wanted.setdefault(user, []).extend(row for row in begun if row.kind == kind)
    for user, rows in wanted.items():
        with in_language_of(user):
            where = absolute_url(path_of(rows[0]))
            why = _("You asked for letters about this; on the page of notices you can end them:")
            settings = absolute_url("/notices/settings/")
            queue_email(
                to=user.email,
                title=_title(project, rows),
                text=f"{_text(rows, [])}\n\n{where}\n\n{why}\n{settings}\n",
                user=user,
                project=project,
            )


def _wants(webhook: Webhook, notice: Notice) -> bool:
    return not webhook.kinds or notice.kind in webhook.kinds


def _title(project: Project | None, rows: Sequence[Notice]) -> str:
    if len(rows) == 1:
        return title_of(rows[0])
    where = project.name if project is not None else _("this installation")
    counted = ngettext("%(n)d notice", "%(n)d notices", len(rows)) % {"n": len(rows)}
    return about(where, counted)


def _text(begun: Sequence[Notice], ended: Sequence[Notice]) -> str:
    lines = [sentence_of(row) for row in begun]
    lines += [_("No more so: %(what)s.") % {"what": row.get_kind_display()} for row in ended]
    more = len(lines) - MOST_LINES
    if more > 0:
        counted = ngettext("And %(n)d more.", "And %(n)d more.", more) % {"n": more}
        lines = [*lines[:MOST_LINES], counted]
    return "\n".join(lines)


def _data(rows: Iterable[Notice]) -> list[dict[str, Any]]:
    return [
        {
            "id": str(row.public_id),
            "kind": row.kind,
            "subject": row.subject,
            "facts": row.facts,
            "url": absolute_url(path_of(row)),
        }
        for row in list(rows)[:MOST_LINES]
    ]
