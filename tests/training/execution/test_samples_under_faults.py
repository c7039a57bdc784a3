"""Samples of a run that was lost, killed or is over: nobody sees half of them."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection

from annotate.comparisons.visible import visible_comparisons
from annotate.database import pace
from annotate.imports import adding
from annotate.judging.leases import lease_next
from annotate.models import Comparison, Completion, Prompt
from tests.factories import (
    make_admin,
    make_comparison,
    make_member,
    make_project,
)
from tests.stack import url_of_test_database
from tests.training.execution.test_samples import (
    finish,
    pairs_on,
    prompts_in,
    prompts_shown,
    sampling,
)
from training.execution.samples import stage_samples
from training.models import Run, RunState
from training.reports.checkpoint_page import checkpoint_detail
from training.runs.claimed import ClaimLost

pytestmark = pytest.mark.django_db(transaction=True)


def test_samples_are_staged_in_short_fenced_transactions(tiny_base, tmp_path, monkeypatch):
    monkeypatch.setattr(adding, "BATCH_ROWS", 2)
    monkeypatch.setattr(pace, "FIRST_SECONDS", 0.0)
    project = make_project()
    file = pairs_on(tmp_path, prompts_in(project, 5))
    shown_before = []

    def fence():
        assert connection.in_atomic_block
        shown_before.append(Comparison.objects.count())

    stage_samples(run=sampling(project, tiny_base), samples=file, fence=fence)
    assert shown_before == [0, 0, 2, 4]  # once to look what is left of another attempt
    assert not connection.in_atomic_block


def test_a_worker_that_lost_its_run_shows_nobody_its_samples(tiny_base, tmp_path):
    project = make_project()
    run = sampling(project, tiny_base)
    file = pairs_on(tmp_path, prompts_in(project, 1))
    stage_samples(run=run, samples=file, fence=Mock())
    Run.objects.filter(pk=run.pk).update(token=uuid4())
    with pytest.raises(ClaimLost):
        finish(run, file)
    assert not visible_comparisons(project).exists()
    assert checkpoint_detail(tiny_base, make_admin()).n_comparisons == 0
    assert lease_next(annotator=make_member(project), project=project).current is None


PROGRAM = """
import os, signal, sys
from pathlib import Path
import django
django.setup()
from annotate.database import pace
from annotate.imports import adding
from training.execution import results
from training.models import Run
adding.BATCH_ROWS, pace.FIRST_SECONDS = 2, 0.0
heartbeat, n_beats = results.heartbeat, 0
def die_at_the_fourth(run):
    global n_beats
    n_beats += 1
    if n_beats == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    heartbeat(run)
results.heartbeat = die_at_the_fourth
run = Run.objects.get(pk=int(sys.argv[1]))
results.finish_sampling(run=run, summary={}, samples=Path(sys.argv[2]), log="")
"""


def test_a_worker_killed_between_batches_leaves_nothing_to_see_and_its_run_comes_right(
    tiny_base, tmp_path
):
    project = make_project()
    prompts = prompts_in(project, 6)
    run = sampling(project, tiny_base)
    killed = run_apart(PROGRAM, str(run.pk), str(pairs_on(tmp_path, prompts, text="first")))
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert Comparison.objects.filter(project=project, state="staged").count() == 4
    assert not visible_comparisons(project).exists()

    counts = finish(run, pairs_on(tmp_path, prompts[1:], text="second"))
    assert (counts["n_comparisons"], counts["n_duplicates"]) == (5, 0)
    assert prompts_shown(project) == prompts[1:]
    assert Comparison.objects.count() == 5  # of the first attempt, nothing is left
    assert not Completion.objects.filter(text__startswith="first").exists()
    assert Prompt.objects.filter(project=project).count() == 6
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED


def test_what_a_run_that_is_over_has_left_behind_stands_in_nobodys_way(tiny_base, tmp_path):
    project = make_project()
    dead, (prompt,) = sampling(project, tiny_base), prompts_in(project, 1)
    stage_samples(run=dead, samples=pairs_on(tmp_path, [prompt]), fence=Mock())
    Run.objects.filter(pk=dead.pk).update(state=RunState.FAILED)
    counts = finish(sampling(project, tiny_base), pairs_on(tmp_path, [prompt]))
    assert (counts["n_comparisons"], counts["n_duplicates"]) == (1, 0)
    assert prompts_shown(project) == [prompt]


def test_what_an_import_has_staged_is_none_of_a_sampling(tiny_base, tmp_path):
    project = make_project()
    staged = make_comparison(project, state="staged")  # its import's row has gone
    finish(sampling(project, tiny_base), pairs_on(tmp_path, prompts_in(project, 1)))
    staged.refresh_from_db()
    assert (staged.state, staged.priority) == ("staged", 0)


def run_apart(program: str, *arguments: str) -> subprocess.CompletedProcess:
    """Run a program in a process of its own, on the database of the test."""
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=Path(__file__).resolve().parents[3],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "ACCORD_DATA_DIR": str(settings.ACCORD_DATA_DIR),
            "DATABASE_URL": url_of_test_database(),
        },
        capture_output=True,
        check=False,
        text=True,
    )
