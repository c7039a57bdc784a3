"""Draining a worker: it finishes the run that it has and takes no other, until it is let go on."""

import uuid

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotate.models import User
from training.access.audit import record_act
from training.errors import NotFound
from training.models import Worker
from training.runs.dispatch import dispatch_all_waiting


@transaction.atomic
def drain_worker(*, worker_id: uuid.UUID, drained_by: User | None = None) -> Worker:
    """Let it take no more runs; done again, it stays as it is. Raises: NotFound."""
    worker = _worker(worker_id)
    changed = Worker.objects.filter(pk=worker.pk, drained_at=None).update(
        drained_at=Now(), drained_by=drained_by
    )
    if changed:
        record_act(user=drained_by, action="worker.drain", target=worker)
    worker.refresh_from_db()
    return worker


@transaction.atomic
def let_worker_go_on(*, worker_id: uuid.UUID, asked_by: User | None = None) -> Worker:
    """Let it take runs again, and ring for those that wait. Raises: NotFound."""
    worker = _worker(worker_id)
    changed = Worker.objects.filter(pk=worker.pk, drained_at__isnull=False).update(
        drained_at=None, drained_by=None
    )
    if changed:
        record_act(user=asked_by, action="worker.go_on", target=worker)
        transaction.on_commit(dispatch_all_waiting)
    worker.refresh_from_db()
    return worker


def _worker(worker_id: uuid.UUID) -> Worker:
    worker = Worker.objects.filter(public_id=worker_id).first()
    if worker is None:
        raise NotFound(_("There is no such worker."), field="worker", value=str(worker_id))
    return worker
