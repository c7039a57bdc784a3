"""Calls of endpoints are listed for a while; then their month keeps their number and their cost.

What a month has cost is written when a call ends, so forgetting a call changes no sum of money.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Now

from annotate.models import CallState, EndpointCall, EndpointMonth

BATCH = 2000
FAILED = Q(state__in=[CallState.FAILED, CallState.LOST, CallState.OPEN])  # open for so long: lost


def forget_old_calls() -> int:
    """How many rows went. Killed at any moment, a call is either listed or counted in its month."""
    n_gone = 0
    while gone := _forget_batch():
        n_gone += gone
    return n_gone


@transaction.atomic
def _forget_batch() -> int:
    """Of one month."""
    old = EndpointCall.objects.filter(sent_at__lt=Now() - timedelta(days=settings.ACCORD_CALL_DAYS))
    oldest = old.order_by("sent_at").values_list("month", flat=True).first()
    if oldest is None:
        return 0
    # Whoever else forgets calls of this month waits here, and then finds those that are left.
    EndpointMonth.objects.select_for_update(no_key=True).get(pk=oldest)
    batch = list(old.filter(month=oldest).order_by("sent_at").values_list("pk", flat=True)[:BATCH])
    rows = EndpointCall.objects.filter(pk__in=batch)
    sums = rows.aggregate(
        n=Count("pk"), failed=Count("pk", filter=FAILED), tokens=Sum("n_tokens", default=0)
    )
    EndpointMonth.objects.filter(pk=oldest).update(
        n_old_calls=F("n_old_calls") + sums["n"],
        n_old_failed=F("n_old_failed") + sums["failed"],
        n_old_tokens=F("n_old_tokens") + sums["tokens"],
    )
    rows.delete()
    return len(batch)
