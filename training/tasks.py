"""Celery's way in: take an id, claim the row, delegate. Every task may arrive twice, or never."""

import logging
import time
import uuid
from threading import Thread
from typing import Any

from celery import Task, shared_task
from celery.signals import worker_ready
from django.db import DatabaseError, InterfaceError, connection

import training.execution.worker_ending  # noqa: F401  (listens for the worker's end from before it forks)

logger = logging.getLogger(__name__)

QUEUE = "training"
SECONDS_BETWEEN_SIGNS = 20.0


@shared_task(bind=True)  # acknowledged at receipt: the row brings a run back, not the broker
def execute_run(self: "Task[[str], None]", run_id: str) -> None:
    """Do one queued run here: the next one, which need not be the one that was rung for.

    So a run that was interrupted keeps its place, though its new bell comes last.
    """
    from training.execution.held_cards import cards_of, held
    from training.execution.runner import execute
    from training.runs.claimed import claim_next
    from training.runs.dispatch import pass_bell_on

    worker = self.request.hostname or "training"
    with held(cards_of(worker)) as cards:
        run = None if cards is None else claim_next(worker=worker)
        if run is not None and cards is not None:
            execute(run, cards=cards)
            return
    pass_bell_on(uuid.UUID(run_id))


@shared_task
def reap_runs() -> None:
    """Bring back what was lost: runs without a worker, messages without a reader."""
    from training.automation.advancing import advance_rounds
    from training.checkpoints.registrations import REGISTRATIONS
    from training.checkpoints.registry import drop_leftover_checkpoints
    from training.promotion.forgotten import blank_reasons_of_the_forgotten
    from training.runs.dispatch import (
        dispatch_waiting_runs,
        end_stranded_followers,
        requeue_stale_runs,
    )
    from training.runs.workers import forget_gone_workers
    from training.snapshots.erasure import mark_erased_pairs

    requeue_stale_runs()
    end_stranded_followers()
    advance_rounds()
    dispatch_waiting_runs()
    REGISTRATIONS.ring_again()
    mark_erased_pairs()
    blank_reasons_of_the_forgotten()
    drop_leftover_checkpoints()
    forget_gone_workers()


@shared_task
def advance_round(round_id: int) -> None:
    from training.automation.advancing import advance_round

    advance_round(round_id)


@shared_task
def do_step(step_id: int) -> None:
    """Do a step of a round that is no run: freeze, compare, propose."""
    from training.automation.step_work import do_step

    do_step(step_id)


@shared_task
def look_at_schedules() -> None:
    """Start what is due and may start; say why what is due does not."""
    from training.automation.beat import look_at_schedules

    look_at_schedules()


@shared_task
def ring_for_stale_facts() -> None:
    """Have workers measure the projects of schedules that have changed."""
    from training.automation.fact_measurement import ring_for_stale_facts

    ring_for_stale_facts()


@shared_task
def measure_facts(project_id: int) -> None:
    """Measure what schedules ask about a project."""
    from training.automation.fact_measurement import measure_facts_of

    measure_facts_of(project_id)


@shared_task
def look_for_notices() -> None:
    """Find what people are to be told of training, and of the disk of this machine."""
    from training.happenings.disk_space import look_at_disk
    from training.happenings.runs_and_proposals import find_failed_runs, look_at_proposals

    find_failed_runs()
    look_at_proposals()
    look_at_disk()


@shared_task
def run_registration(registration_id: int) -> None:
    from training.checkpoints.registrations import run_registration

    run_registration(registration_id=registration_id)


@shared_task
def collect_leftovers() -> None:
    """Give back the space that killed workers have left behind."""
    from training.automation.fact_measurement import forget_old_facts
    from training.automation.looking import forget_old_checks
    from training.checkpoints.kept import delete_by_itself
    from training.execution.leftovers import collect_leftovers

    delete_by_itself()
    collect_leftovers()
    forget_old_facts()
    forget_old_checks()


@shared_task  # sent to the training queue by CELERY_TASK_ROUTES
def prepare_demo() -> None:
    """Make the demonstration's models, snapshot and runs, as far as they are not there yet."""
    from training.demo.preparing import prepare

    prepare()


@worker_ready.connect
def _announce_worker(sender: Any, **_details: Any) -> None:
    """A training worker has started: what one of its name left behind goes on at once."""
    from training.runs.dispatch import requeue_runs_of
    from training.runs.this_machine import devices_here, versions_here
    from training.runs.workers import record_start

    if QUEUE not in {queue.name for queue in sender.task_consumer.queues}:
        return
    requeue_runs_of(sender.hostname)
    record_start(name=sender.hostname, devices=devices_here(), versions=versions_here())
    connection.close()
    Thread(target=_keep_known, args=[sender.hostname], name="sign of life", daemon=True).start()


def _keep_known(worker: str) -> None:
    """Say that the worker is there, also while it has nothing to do."""
    from training.runs.this_machine import MachineMeter
    from training.runs.workers import keep_alive

    meter = MachineMeter()
    while True:
        time.sleep(SECONDS_BETWEEN_SIGNS)
        try:
            keep_alive(name=worker, load=meter.read())
        except (DatabaseError, InterfaceError):
            logger.warning("The database does not answer", exc_info=True)
        connection.close()
