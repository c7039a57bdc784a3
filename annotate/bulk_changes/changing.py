"""Bulk changes: asked for, done in the background batch by batch, stopped, and undone.

Each batch is one short transaction, fenced by the claim: what was changed and that it was changed
are written together, so another worker goes on where one was killed.
"""

from collections.abc import Iterator, Sequence

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from annotate.access.audit import record_event
from annotate.bulk_changes.actions.action import Changed
from annotate.bulk_changes.actions.offered import ACTIONS
from annotate.bulk_changes.chosen_comparisons import Selection, selected
from annotate.errors import AccordError, InvalidInput
from annotate.models import (
    UNFINISHED,
    Annotator,
    BulkChange,
    BulkChangeRow,
    Comparison,
    Project,
)
from annotate.work.claims import Claim, ClaimLost, Work

BULK_CHANGES = Work(BulkChange, "annotate.tasks.run_bulk_change")
BATCH = 200  # comparisons changed in one short transaction


class ChangeIsOver(AccordError):
    code = "change_is_over"
    status = 409
    default_message = gettext_lazy("It is over already.")


class NotUndoable(AccordError):
    code = "not_undoable"
    status = 409
    default_message = gettext_lazy("Only what is over, changed something and stands can be undone.")


@transaction.atomic
def ask_for_change(
    *, project: Project, action: str, value: str, selection: Selection, asked_by: Annotator | None
) -> BulkChange:
    """Raises: InvalidInput."""
    value = ACTIONS[action].check(value)
    selected(project, selection)  # refuses what cannot be looked for
    newest = Comparison.objects.filter(project=project).aggregate(newest=Max("pk"))["newest"]
    change = BulkChange.objects.create(
        project=project,
        action=action,
        value=value,
        selection=selection.as_stored(),
        requested_by=asked_by,
        up_to=newest or 0,
    )
    _record(change, asked_by, "comparisons.change_asked")
    BULK_CHANGES.ring_on_commit(change.pk)
    return change


@transaction.atomic
def cancel_change(*, change: BulkChange, cancelled_by: Annotator | None) -> None:
    """Stop it before its next batch; what was changed stays. Raises: ChangeIsOver."""
    of_it = BulkChange.objects.filter(pk=change.pk, state__in=UNFINISHED)
    if not of_it.filter(cancel_requested_at=None).update(cancel_requested_at=Now()):
        raise ChangeIsOver
    _record(change, cancelled_by, "comparisons.change_cancelled")


@transaction.atomic
def undo_change(*, change: BulkChange, undone_by: Annotator | None) -> BulkChange:
    """Bring back what still is as the change left it. Raises: NotUndoable."""
    change = BulkChange.objects.get(pk=change.pk)
    if not is_undoable(change):
        raise NotUndoable
    try:
        with transaction.atomic():
            undoing = BulkChange.objects.create(
                project=change.project,
                action=change.action,
                value=change.value,
                undoes=change,
                requested_by=undone_by,
            )
    except IntegrityError as error:  # somebody else was first
        raise NotUndoable from error
    _record(undoing, undone_by, "comparisons.change_undone")
    BULK_CHANGES.ring_on_commit(undoing.pk)
    return undoing


def is_undoable(change: BulkChange) -> bool:
    return (
        change.is_over
        and change.undoes_id is None
        and change.n_changed > 0
        and not BulkChange.objects.filter(undoes=change).exists()
    )


def run_bulk_change(*, bulk_change_id: int) -> None:
    """Do it, or go on with it. Called twice, the second finds nothing to claim and returns."""
    row = BulkChange.objects.filter(pk=bulk_change_id).first()
    if row is None:
        return
    beside = BULK_CHANGES.alive().filter(project=row.project_id).exclude(pk=row.pk)
    held = BULK_CHANGES.claim(row.pk, waits_for=beside)
    if held is None:
        return
    try:
        _walk(held)
    except ClaimLost:
        return


def _walk(held: Claim[BulkChange]) -> None:
    row = held.row
    try:
        ids = _ids(row)
    except InvalidInput as error:
        held.fail(str(error))
        return
    if row.n_total is None:
        held.write(n_total=len(ids))
    for batch in _batches(ids):
        if held.held.filter(cancel_requested_at__isnull=False).exists():
            break
        with transaction.atomic():
            n_changed = _undo_batch(row, batch) if row.undoes_id else _do_batch(row, batch)
            held.write(
                walked_to=batch[-1],
                n_done=F("n_done") + len(batch),
                n_changed=F("n_changed") + n_changed,
            )
    held.succeed()


def _ids(row: BulkChange) -> list[int]:
    """What is left to be done, by ascending key: what changes meanwhile is looked at again."""
    if row.undoes_id is not None:
        rows = BulkChangeRow.objects.filter(change=row.undoes_id, comparison__gt=row.walked_to)
        return list(rows.order_by("comparison").values_list("comparison", flat=True))
    found = selected(row.project, Selection.of_stored(row.selection))
    left = found.filter(pk__gt=row.walked_to, pk__lte=row.up_to)
    return list(left.order_by("pk").values_list("pk", flat=True))


def _do_batch(row: BulkChange, ids: Sequence[int]) -> int:
    declared = ACTIONS[row.action]
    fit = Comparison.objects.filter(declared.would_change(row.value), pk__in=ids)
    changed = declared.apply(
        row.project, list(fit.order_by("pk").values_list("pk", flat=True)), row.value
    )
    _keep(row, changed)
    return len(changed)


def _keep(row: BulkChange, changed: Changed) -> None:
    """One of a set may have been changed with an earlier batch: what it was then stays."""
    BulkChangeRow.objects.bulk_create(
        [
            BulkChangeRow(change=row, comparison_id=pk, before=before, after=after)
            for pk, (before, after) in changed.items()
        ],
        update_conflicts=True,
        unique_fields=["change", "comparison"],
        update_fields=["after"],
    )


def _undo_batch(row: BulkChange, ids: Sequence[int]) -> int:
    rows = BulkChangeRow.objects.filter(change=row.undoes_id, comparison__in=ids)
    befores = {one.comparison_id: (one.before, one.after) for one in rows}
    return ACTIONS[row.action].undo(row.project, befores)


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _record(change: BulkChange, actor: Annotator | None, action: str) -> None:
    record_event(
        actor=actor,
        action=action,
        target=f"bulk_change:{change.public_id}",
        project=change.project,
        after={"action": change.action, "value": change.value, "selection": change.selection},
    )
