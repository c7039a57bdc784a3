"""Answers that were asked for are listed for a while after the end; then their sums alone are kept.

The completions that came of them stay with their origin, settings and cost, and the generation
with its counts. One that was cancelled or failed can be gone on with until then.
"""

from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from annotate.models import UNFINISHED, Generation, WantedCompletion

BATCH = 2000


def forget_old_answers() -> int:
    """How many rows went. First it is marked: nobody goes on with what is half forgotten."""
    over = Generation.objects.exclude(state__in=UNFINISHED)
    over.filter(
        forgotten_at=None, finished_at__lt=Now() - timedelta(days=settings.ACCORD_CALL_DAYS)
    ).update(forgotten_at=Now())
    listed = WantedCompletion.objects.filter(generation=OuterRef("pk"))
    forgotten = Generation.objects.filter(Exists(listed), forgotten_at__isnull=False)
    n_gone = 0
    for generation in forgotten.values_list("pk", flat=True):
        n_gone += _forget(generation)
    return n_gone


def _forget(generation_id: int) -> int:
    rows = WantedCompletion.objects.filter(generation=generation_id)
    n_gone = 0
    while batch := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        n_gone += WantedCompletion.objects.filter(pk__in=batch).delete()[0]
    return n_gone
