"""How fast a run goes, from what its steps count, and what it takes of its machine."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from training.reports.machine_charts import machine_charts
from training.runs.this_machine import MachineMeter, ProcessMeter, devices_here, versions_here

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_tokens_a_second_lie_between_one_logged_step_and_the_next(queued_run):
    run = queued_run()
    for step, seconds, tokens in [(1, 0, 100), (2, 2, 300), (3, 6, 1100)]:
        run.metrics.create(
            phase="train",
            step=step,
            logged_at=AT + timedelta(seconds=seconds),
            values={"num_tokens": tokens},
        )
    run.metrics.create(phase="machine", step=3, logged_at=AT, values={"cpu/cores": 1.5})
    speed, cores = machine_charts(run)
    assert speed.rows == ((2, ("100",)), (3, ("200",)))
    assert cores.rows == ((3, ("1.5",)),)


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="of Linux")  # noqa: PTH110
def test_a_meter_reads_a_session_of_processes_and_nobody_elses():
    spin = "import time; x = bytearray(64 << 20); t = time.time()\nwhile time.time() - t < 9: pass"
    with subprocess.Popen([sys.executable, "-c", spin], start_new_session=True) as busy:
        try:
            meter = ProcessMeter(busy.pid)
            time.sleep(0.6)
            meter.read()
            time.sleep(0.6)
            found = meter.read()
            assert 0.1 < found["cpu/cores"] < 1.6
            assert 64 < found["memory/mib"] < 400
        finally:
            busy.kill()


def test_a_machine_tells_its_processor_its_versions_and_its_load():
    *_cards, processor = devices_here()
    assert processor["kind"] == "cpu"
    assert processor["cores"] == os.cpu_count()
    assert {"Python", "torch", "Django"} <= set(versions_here())
    meter = MachineMeter()
    time.sleep(0.1)
    load = meter.read()
    assert set(load) <= {"cpu", "load_average", "memory_mib", "gpus"}
    assert 0 <= load["cpu"] <= 1
