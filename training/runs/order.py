"""The one order in which waiting runs are begun: whoever has waited longest is next."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from training.models import Run, RunState


def startable() -> QuerySet[Run]:
    """Queued runs whose predecessor, if they have one, has succeeded."""
    return Run.objects.filter(state=RunState.QUEUED).filter(
        Q(after=None)
        | Exists(Run.objects.filter(pk=OuterRef("after_id"), state=RunState.SUCCEEDED))
    )


def in_order(runs: QuerySet[Run]) -> QuerySet[Run]:
    """The next one first. A run that was interrupted has waited since it was queued."""
    return runs.order_by("waits_since", "pk")


def places_in_queue() -> dict[int, int]:
    """The place of each run that could begin, by its key; the next one has 1."""
    waiting = in_order(startable()).values_list("pk", flat=True)
    return {pk: place for place, pk in enumerate(waiting, start=1)}
