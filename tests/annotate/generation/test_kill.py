"""Workers killed with -9 while answers are on their way, in processes of their own."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models.functions import Now

from annotate.generation.queueing import GENERATIONS
from annotate.models import (
    CallState,
    Comparison,
    EndpointCall,
    Generation,
    GenerationState,
)
from tests.annotate.generation.generating import endpoint_at, prompts_in, queued, run, two_of
from tests.factories import make_project
from tests.model_server import ModelServer
from tests.stack import url_of_test_database

pytestmark = pytest.mark.slow
N_PROMPTS = 40
PROGRAM = """
import sys
import django
django.setup()
from annotate.generation.running import run_generation
run_generation(generation_id=int(sys.argv[1]))
"""


def worker(row: Generation, server: ModelServer) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(row.pk)],
        cwd=Path(__file__).resolve().parents[3],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "ACCORD_DATA_DIR": str(settings.ACCORD_DATA_DIR),
            "ACCORD_ENDPOINT_ALLOW": f"127.0.0.1:{server.port}",
            "DATABASE_URL": url_of_test_database(),
        },
    )


def wait_until(is_so, seconds=60):
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def test_killed_twice_nothing_is_lost_and_no_stored_answer_is_asked_for_again(
    transactional_db, server
):
    server.delay_seconds = 0.1
    project = make_project()
    prompts_in(project, N_PROMPTS)
    endpoint = endpoint_at(server, most_at_once=4)
    row = queued(project, two_of(endpoint))
    for n_stored in (10, 30):
        process = worker(row, server)
        wait_until(lambda n=n_stored: Generation.objects.get().n_done >= n)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert Generation.objects.get().state == GenerationState.RUNNING
        assert GENERATIONS.ring_again() == 0  # it may still be alive
        Generation.objects.update(heartbeat_at=Now() - timedelta(seconds=100))
        assert GENERATIONS.ring_again() == 1
    n_lost = EndpointCall.objects.filter(state=CallState.OPEN).count()
    assert n_lost <= 4
    EndpointCall.objects.filter(state=CallState.OPEN).update(sent_at=Now() - timedelta(seconds=100))
    row = run(row)
    assert (row.state, row.n_done, row.n_comparisons) == (
        GenerationState.SUCCEEDED,
        2 * N_PROMPTS,
        N_PROMPTS,
    )
    assert Comparison.objects.count() == N_PROMPTS
    assert len(server.keys) == 2 * N_PROMPTS
    # only what was on its way at a kill was asked for twice
    n_again = sum(count - 1 for count in server.keys.values())
    calls = Counter(EndpointCall.objects.values_list("state", flat=True))
    assert n_again <= 8
    assert calls[CallState.ANSWERED] == 2 * N_PROMPTS
    assert calls[CallState.LOST] == sum(calls.values()) - 2 * N_PROMPTS <= 8
    assert row.spent == sum(EndpointCall.objects.values_list("cost", flat=True))


def test_two_workers_share_the_limits_of_an_endpoint(transactional_db, server):
    server.delay_seconds = 0.05
    endpoint = endpoint_at(server, most_at_once=3)
    rows = []
    for _number in range(2):
        project = make_project()
        prompts_in(project, 15)
        rows.append(queued(project, two_of(endpoint)))
    processes = [worker(row, server) for row in rows]
    for process in processes:
        assert process.wait(90) == 0
    assert [run(row).n_comparisons for row in rows] == [15, 15]
    assert server.most_at_once <= 3
    assert all(count == 1 for count in server.keys.values())


def test_two_workers_rung_for_one_generation_do_it_once(transactional_db, server):
    server.delay_seconds = 0.02
    project = make_project()
    prompts_in(project, 15)
    row = queued(project, two_of(endpoint_at(server)))
    processes = [worker(row, server) for _number in range(2)]
    for process in processes:
        assert process.wait(90) == 0
    assert run(row).n_comparisons == 15
    assert len(server.bodies) == 30
