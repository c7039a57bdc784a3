"""What was sent is listed for a while, then forgotten; so is what was sent to whoever leaves."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now

from annotate.models import Channel, Delivery, Notice, NoticeKind, User, WorkState

PASSING = (NoticeKind.IMPORT_FAILED, NoticeKind.RUN_FAILED)  # they have no end of their own
KEPT_DAYS = 7  # the text of an e-mail that was given up: an operator mends, and sends it again


def forget_old_deliveries() -> int:
    """How many rows went."""
    blanked = Now() - timedelta(days=KEPT_DAYS)
    given_up = Delivery.objects.filter(channel=Channel.EMAIL, state=WorkState.FAILED)
    given_up.filter(finished_at__lt=blanked).exclude(content_encrypted="").update(
        content_encrypted=""
    )
    old = Now() - timedelta(days=settings.ACCORD_NOTICE_DAYS)
    is_over = Q(resolved_at__lt=old) | Q(opened_at__lt=old, kind__in=PASSING)
    Notice.objects.filter(is_over).delete()
    n_rows, _by_model = Delivery.objects.filter(finished_at__lt=old).delete()
    return n_rows


def forget_deliveries_to(user: User) -> None:
    """Their account goes; so does what was sent to their address without naming it."""
    if user.email:
        Delivery.objects.filter(address__iexact=user.email).delete()
