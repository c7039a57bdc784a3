"""Deleting weights: the row says so first, then the files go.

Killed between the two, the files are leftovers, which are collected by themselves. What is stored
and what is deleted wait for one another, so weights that come a second time are never half there.
"""

from django.db import transaction
from django.db.models.functions import Now

from annotate.models import User
from training.access.audit import record_act
from training.artifacts.store import Manifest, remove_directory
from training.checkpoints.bonds import is_bound
from training.checkpoints.storing import hold_store
from training.models import ENDED_BADLY, Checkpoint, Retention, Run


def drop(checkpoint: Checkpoint, rules: Retention, *, by: User | None) -> bool:
    """Delete the files of a checkpoint, unless something has come to hold it since it was chosen.

    The row of a result stays, and says when they went; that of one to resume from goes, and its
    run begins anew.
    """
    with transaction.atomic():
        if not _is_free(checkpoint, rules):
            return False
        record_act(user=by, action="checkpoint.drop", target=checkpoint)
        if checkpoint.is_final:
            Checkpoint.objects.filter(pk=checkpoint.pk).update(dropped_at=Now())
        else:
            checkpoint.delete()
    remove_unnamed(checkpoint.folder, checkpoint.manifest)
    return True


def remove_unnamed(folder: str, manifest: Manifest) -> bool:
    """Remove files from the store, if no row names them any more."""
    with transaction.atomic():
        hold_store()
        if Checkpoint.objects.filter(folder=folder, dropped_at=None).exists():
            return False
        remove_directory(folder, manifest)
    return True


def _is_free(checkpoint: Checkpoint, rules: Retention) -> bool:
    """Held until the transaction is over: a run that is queued on it, or resumed, waits."""
    if not checkpoint.is_final:
        runs = Run.objects.select_for_update(of=("self",)).filter(checkpoints=checkpoint.pk)
        return (
            runs.filter(state__in=ENDED_BADLY).exists()
            and Checkpoint.objects.filter(pk=checkpoint.pk).exists()
        )
    held = Checkpoint.objects.select_for_update().filter(pk=checkpoint.pk, dropped_at=None)
    return held.exists() and not is_bound(checkpoint, rules)
