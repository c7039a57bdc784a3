"""The one order in which waiting runs are begun, and which of them may begin.

What was interrupted is first. Then comes the project that has had least of the machines, and of
its runs the one that has waited longest.
"""

from django.db.models import Case, Exists, FloatField, OuterRef, Q, QuerySet, Value, When

from training.models import Attempt, Run, RunState
from training.runs.budgets import barred_projects, shares_of_projects


def startable() -> QuerySet[Run]:
    """Queued runs that wait for no other run, and whose project's budget allows them."""
    queued = Run.objects.filter(state=RunState.QUEUED).filter(
        Q(after=None)
        | Exists(Run.objects.filter(pk=OuterRef("after_id"), state=RunState.SUCCEEDED))
    )
    barred = barred_projects()
    return queued.exclude(charged_to__in=barred) if barred else queued


def in_order(runs: QuerySet[Run]) -> QuerySet[Run]:
    """The next one first."""
    begun = Attempt.objects.filter(run=OuterRef("pk"), started_at__gte=OuterRef("waits_since"))
    shares = [
        When(Q(charged_to=project), then=Value(share))
        for project, share in shares_of_projects().items()
    ]
    runs = runs.annotate(was_begun=Exists(begun))
    if not shares:  # nobody has had anything: PostgreSQL orders by no constant
        return runs.order_by("-was_begun", "waits_since", "pk")
    share = Case(*shares, default=Value(0.0), output_field=FloatField())
    return runs.annotate(share=share).order_by("-was_begun", "share", "waits_since", "pk")


def places_in_queue() -> dict[int, int]:
    """The place of each run that could begin, by its key; the next one has 1."""
    waiting = in_order(startable()).values_list("pk", flat=True)
    return {pk: place for place, pk in enumerate(waiting, start=1)}
