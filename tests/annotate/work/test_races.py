"""What happens when several workers do the same at the same time, in threads of their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection

from alignment_core.formats.rows import NewComparison, Vote
from annotate.access.audit import chain_events, record_event, verify_chain
from annotate.imports.adding import add_comparisons
from annotate.imports.importing import run_import
from annotate.models import (
    Annotator,
    AnnotatorKind,
    AuditEvent,
    Comparison,
    Completion,
    Import,
    Judgement,
    Prompt,
    WorkState,
)
from tests.annotate.imports.importing import json_lines, pair, queued
from tests.factories import make_project

N_THREADS = 4


def at_once(work: Callable[[], Any]) -> list[Any]:
    """The results of the same work done by several threads that start together."""
    barrier = Barrier(N_THREADS)

    def start(_number: int) -> Any:
        try:
            barrier.wait()
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(N_THREADS) as pool:
        return list(pool.map(start, range(N_THREADS)))


def test_the_same_rows_added_at_once_are_there_once(transactional_db):
    project = make_project(overlap=1)
    rows = [
        NewComparison(
            messages=[{"role": "user", "content": f"Question {number}?"}],
            first_text="A",
            second_text="B",
            votes=(Vote(annotator="w", verdict="first"),),
        )
        for number in range(20)
    ]
    added = at_once(lambda: add_comparisons(project=project, rows=rows))
    assert sum(result.n_comparisons for result in added) == 20
    assert sum(result.n_judgements for result in added) == 20
    assert (Prompt.objects.count(), Completion.objects.count()) == (20, 40)
    assert Comparison.objects.filter(n_counted=1).count() == Judgement.objects.count() == 20
    assert Annotator.objects.filter(kind=AnnotatorKind.IMPORTED).count() == 1


def test_an_import_that_several_workers_are_told_of_is_read_by_one(transactional_db):
    row = queued(make_project(), json_lines(*[pair(number) for number in range(20)]))
    at_once(lambda: run_import(import_id=row.pk))
    row = Import.objects.get()
    assert (row.state, row.attempt, row.n_comparisons) == (WorkState.SUCCEEDED, 1, 20)
    assert Comparison.objects.count() == 20


def test_events_chained_by_several_writers_make_one_chain(transactional_db):
    for number in range(30):
        record_event(actor=None, action="thing.done", target=f"thing:{number}")
    assert sum(at_once(chain_events)) == 30
    assert AuditEvent.objects.exclude(position=None).count() == 30
    assert verify_chain().broken_at is None
