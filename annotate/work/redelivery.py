"""Messages that were lost are sent again: the rows say which work still waits."""

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from annotate import tasks
from annotate.models import Export, Import, RuleChange, WorkState
from annotate.work.claims import claimable, ring

WAIT_SECONDS = 30  # a message that is on its way is not sent twice
TASKS = (
    (Import, tasks.run_import),
    (Export, tasks.run_export),
    (RuleChange, tasks.apply_rule_change),
)


def ring_again() -> int:
    """How many rows were rung for once more; a claim makes a second message harmless."""
    n_rung = 0
    for model, task in TASKS:
        is_fresh = Q(
            state=WorkState.QUEUED, requested_at__gt=Now() - timedelta(seconds=WAIT_SECONDS)
        )
        for pk in claimable(model).exclude(is_fresh).values_list("pk", flat=True):
            ring(task, pk)
            n_rung += 1
    return n_rung
