"""An import killed with -9 half-way, in a process of its own, on the database of the test."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models.functions import Now

from annotate.comparisons.visible import visible_comparisons
from annotate.imports.importing import IMPORTS, run_import
from annotate.models import Comparison, ComparisonState, Completion, Import, Prompt, WorkState
from tests.annotate.imports.importing import json_lines, pair, queued
from tests.bells import listen
from tests.factories import make_project
from tests.stack import url_of_test_database

N_ROWS = 4000
WAIT_SECONDS = 60
PROGRAM = """
import sys
import django
django.setup()
from annotate.imports.importing import run_import
run_import(import_id=int(sys.argv[1]))
"""


@pytest.mark.slow
def test_an_import_killed_half_way_stays_invisible_and_is_done_once_by_the_next_worker(
    transactional_db, monkeypatch
):
    rung = listen(monkeypatch, IMPORTS.task)
    project = make_project()
    row = queued(project, json_lines(*[pair(number) for number in range(N_ROWS)]))
    rung.clear()

    _kill_after_the_first_batches(row.pk)
    row.refresh_from_db()
    n_staged = Comparison.objects.filter(state=ComparisonState.STAGED).count()
    assert row.state == WorkState.RUNNING
    assert 0 < n_staged < N_ROWS
    assert visible_comparisons(project).count() == 0

    run_import(import_id=row.pk)  # its worker may still be alive: nothing is claimed
    assert IMPORTS.ring_again() == 0
    assert visible_comparisons(project).count() == 0

    Import.objects.update(heartbeat_at=Now() - timedelta(seconds=100))
    assert IMPORTS.ring_again() == 1
    assert rung == [row.pk]
    run_import(import_id=row.pk)
    row.refresh_from_db()
    assert (row.state, row.attempt) == (WorkState.SUCCEEDED, 2)
    assert (row.n_comparisons, row.n_duplicates) == (N_ROWS, 0)
    assert visible_comparisons(project).count() == N_ROWS
    assert (Prompt.objects.count(), Completion.objects.count()) == (N_ROWS, 2 * N_ROWS)


def _kill_after_the_first_batches(import_id: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(import_id)],
        cwd=Path(__file__).resolve().parents[3],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "ACCORD_DATA_DIR": str(settings.ACCORD_DATA_DIR),
            "DATABASE_URL": url_of_test_database(),
        },
    )
    try:
        end = time.monotonic() + WAIT_SECONDS
        while not Comparison.objects.filter(state=ComparisonState.STAGED).exists():
            assert process.poll() is None, "the worker ended by itself"
            assert time.monotonic() < end, "nothing was staged"
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
