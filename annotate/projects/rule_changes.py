"""After a project's rule was changed: what was judged before is resolved by the new one.

Judgements that come in meanwhile are resolved by the new rule already. Each transaction is short,
so that nobody who judges waits for long.
"""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from annotate.comparisons.locks import lock_comparisons, note_freed_slots
from annotate.comparisons.resolution import resolve_comparisons
from annotate.comparisons.resolution_rule import UNDER_THE_RULE
from annotate.comparisons.slots import fill_free_slots, has_free_slot, save_slots
from annotate.models import (
    Annotator,
    Comparison,
    Preference,
    Project,
    RuleChange,
    WorkState,
)
from annotate.work.claims import Claim, ClaimLost, Work

RULE_CHANGES = Work(RuleChange, "annotate.tasks.apply_rule_change")

BATCH = 100  # comparisons resolved in one short transaction


def queue_rule_change(*, project: Project, requested_by: Annotator | None) -> RuleChange:
    """Have the project resolved afresh; call this in the transaction that changes the rule."""
    waiting = RuleChange.objects.filter(project=project, state=WorkState.QUEUED)
    if waiting.update(requested_at=Now()):  # locks it until the new rule is there to be read
        row = waiting.latest("pk")
    else:
        row = RuleChange.objects.create(project=project, requested_by=requested_by)
    RULE_CHANGES.ring_on_commit(row.pk)
    return row


def apply_rule_change(*, rule_change_id: int) -> None:
    """Walk the project. Called twice, the second finds nothing to claim and returns."""
    row = RuleChange.objects.filter(pk=rule_change_id).first()
    if row is None:
        return
    beside = RULE_CHANGES.alive().filter(project=row.project_id).exclude(pk=row.pk)
    held = RULE_CHANGES.claim(row.pk, waits_for=beside)
    if held is None:
        return
    try:
        _walk(held)
    except ClaimLost:
        return


def _walk(held: Claim[RuleChange]) -> None:
    row = held.row
    if row.n_total is None:
        held.write(n_total=_judged(row.project_id).count())
    while True:
        after = _judged(row.project_id).filter(pk__gt=row.walked_to)
        ids = list(after.order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not ids:
            break
        row.walked_to = ids[-1]
        with transaction.atomic():
            n_changed = _resolve(ids)
            held.write(
                walked_to=row.walked_to,
                n_done=F("n_done") + len(ids),
                n_changed=F("n_changed") + n_changed,
            )
    held.succeed()


def _judged(project_id: int) -> QuerySet[Comparison]:
    return Comparison.objects.filter(
        project=project_id, n_counted__gt=0, repeat_of=None, state__in=UNDER_THE_RULE
    )


def _resolve(ids: list[int]) -> int:
    """How many of these comparisons now amount to something else."""
    locked = lock_comparisons(ids)
    before = _amounts(locked)
    adaptive = [one for one in locked.values() if one.most]
    for comparison in adaptive:  # whether it is sure is by the rule, too
        fill_free_slots(comparison)
        save_slots(comparison)
    resolve_comparisons(locked.values())
    for project_id in {one.project_id for one in adaptive if has_free_slot(one)}:
        note_freed_slots(project_id)
    after = _amounts(locked)
    return sum(before[pk] != after[pk] for pk in locked)


def _amounts(comparisons: Mapping[int, Comparison]) -> dict[int, tuple[str, int | None]]:
    """The state and the live preference of each."""
    live = Preference.objects.filter(comparison__in=comparisons, superseded_at=None)
    preferences = dict(live.values_list("comparison_id", "pk"))
    return {pk: (row.state, preferences.get(pk)) for pk, row in comparisons.items()}
