"""Celery wrappers: take an id, delegate. The row is the truth, so each may arrive twice."""

from typing import Any

from celery import shared_task
from celery.signals import worker_ready
from django.db import connection


@shared_task
def run_import(import_id: int) -> None:
    from annotate.imports.importing import run_import

    run_import(import_id=import_id)


@shared_task
def run_hub_fetch(fetch_id: int) -> None:
    from annotate.imports.fetching import run_fetch

    run_fetch(fetch_id=fetch_id)


@shared_task
def run_export(export_id: int) -> None:
    from annotate.exports.exporting import run_export

    run_export(export_id=export_id)


@shared_task
def run_generation(generation_id: int) -> None:
    from annotate.generation.running import run_generation

    run_generation(generation_id=generation_id)


@shared_task
def apply_rule_change(rule_change_id: int) -> None:
    from annotate.projects.rule_changes import apply_rule_change

    apply_rule_change(rule_change_id=rule_change_id)


@shared_task
def run_bulk_change(bulk_change_id: int) -> None:
    from annotate.bulk_changes.changing import run_bulk_change

    run_bulk_change(bulk_change_id=bulk_change_id)


@shared_task
def sweep_leases() -> None:
    """Free what people left; the next claim would do so too, one project at a time."""
    from annotate.judging.leases import release_expired

    release_expired()


@shared_task
def drop_old_import_files() -> None:
    from annotate.work.retention import drop_old_import_files

    drop_old_import_files()


@shared_task
def forget_old_calls() -> None:
    """Keep the sums of old calls and answers, and not each of them."""
    from annotate.endpoints.old_calls import forget_old_calls
    from annotate.generation.forgetting import forget_old_answers

    forget_old_answers()
    forget_old_calls()


@shared_task
def send_deliveries(channel: str) -> None:
    """Send what is due: a server that is slow holds up this channel and no other."""
    from annotate.notices.channels import send_by

    send_by(channel)


@shared_task
def look_at_rules() -> None:
    """Hold what is measured in each project against what its leads want to be told of."""
    from annotate.notices.looking_at_rules import look_at_projects

    look_at_projects()


@shared_task
def tell_what_is_new() -> None:
    from annotate.notices.looking_at_rules import find_failed_imports
    from annotate.notices.telling import tell_what_is_new

    find_failed_imports()
    tell_what_is_new()


@shared_task
def ring_for_deliveries() -> None:
    from annotate.notices.outbox import ring_for_due

    ring_for_due()


@shared_task
def forget_old_deliveries() -> None:
    from annotate.notices.old_deliveries import forget_old_deliveries

    forget_old_deliveries()


@shared_task
def redeliver() -> None:
    """Ring again for transfers whose message was lost, or whose worker died."""
    from annotate.agreement.merged_reports import MERGED_REPORTS
    from annotate.bulk_changes.changing import BULK_CHANGES
    from annotate.exports.exporting import EXPORTS
    from annotate.generation.queueing import GENERATIONS
    from annotate.imports.fetching import FETCHES
    from annotate.imports.importing import IMPORTS
    from annotate.projects.rule_changes import RULE_CHANGES

    for work in (
        FETCHES,
        IMPORTS,
        EXPORTS,
        RULE_CHANGES,
        GENERATIONS,
        MERGED_REPORTS,
        BULK_CHANGES,
    ):
        work.ring_again()


@shared_task
def index_comparisons() -> None:
    """Let comparisons that came in be found by their words, tags and models."""
    from annotate.listing.search_index import index_comparisons

    index_comparisons()


@shared_task
def chain_audit_events() -> None:
    from annotate.access.audit import chain_events

    chain_events()


@shared_task
def refresh_agreement() -> None:
    """Have the agreement figures of projects computed that were judged since the last time."""
    from annotate.agreement.reports import refresh_stale_reports

    refresh_stale_reports()


@shared_task
def refresh_agreement_of(project_id: int) -> None:
    from annotate.agreement.reports import refresh_report
    from annotate.models import Project

    project = Project.objects.filter(pk=project_id).first()
    if project is not None:
        refresh_report(project)


@shared_task
def ring_for_arenas() -> None:
    """Ring for arenas whose votes have changed, or whose meetings run out."""
    from annotate.arena.tending import ring_for_arenas

    ring_for_arenas()


@shared_task
def tend_arena(arena_id: int) -> None:
    from annotate.arena.tending import tend_arena

    tend_arena(arena_id=arena_id)


@shared_task
def compute_merged_report(merged_report_id: int) -> None:
    from annotate.agreement.merged_reports import compute_merged_report

    compute_merged_report(merged_report_id=merged_report_id)


@worker_ready.connect
def _announce_worker(sender: Any, **_details: Any) -> None:
    """A worker of this queue has started: what was rung for before may have gone with another."""
    from annotate.work.bells import forget_bells

    if sender.app.conf.task_default_queue in {queue.name for queue in sender.task_consumer.queues}:
        forget_bells()
        connection.close()
