"""Celery's way in: take an id, claim the row, delegate. Every task may arrive twice, or never."""

import time
import uuid
from typing import Any

from celery import Task, shared_task
from celery.signals import heartbeat_sent, worker_ready
from django.db import connection

import training.stopping  # noqa: F401  (listens for the worker's end from before it forks)

QUEUE = "training"
SECONDS_BETWEEN_SIGNS = 20.0


@shared_task(bind=True)  # acknowledged at receipt: the row brings a run back, not the broker
def execute_run(self: Task, run_id: str) -> None:
    """Do one queued run here. Only a successful claim does anything."""
    from training.runner import execute
    from training.services.claims import claim_run

    run = claim_run(run_id=uuid.UUID(run_id), worker=self.request.hostname or "training")
    if run is not None:
        execute(run)


@shared_task
def reap_runs() -> None:
    """Bring back what was lost: runs without a worker, messages without a reader."""
    from training.demo import resend_unfinished_demo
    from training.services.dispatch import dispatch_waiting_runs, requeue_stale_runs
    from training.services.erasure import mark_erased_pairs
    from training.services.workers import forget_gone_workers

    requeue_stale_runs()
    dispatch_waiting_runs()
    mark_erased_pairs()
    forget_gone_workers()
    resend_unfinished_demo()


@shared_task(queue=QUEUE)
def prepare_demo() -> None:
    """Make the demonstration's base, snapshot and runs, as far as they are not there yet."""
    from training.demo import prepare

    prepare()


@worker_ready.connect
def _announce_worker(sender: Any, **_details: Any) -> None:
    """A training worker has started: what one of its name left behind goes on at once."""
    from training.services.dispatch import requeue_runs_of
    from training.services.workers import devices_here, record_worker

    if QUEUE not in {queue.name for queue in sender.task_consumer.queues}:
        return
    requeue_runs_of(sender.hostname)
    record_worker(name=sender.hostname, run=None, devices=devices_here())
    connection.close()


_next_sign_at = 0.0


@heartbeat_sent.connect
def _keep_worker_alive(sender: Any, **_details: Any) -> None:
    from training.services.workers import keep_alive

    global _next_sign_at
    if time.monotonic() < _next_sign_at:
        return
    _next_sign_at = time.monotonic() + SECONDS_BETWEEN_SIGNS
    keep_alive(name=sender.eventer.hostname)
    connection.close()
