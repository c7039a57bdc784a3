"""One supervised program: restarts, patience, logs, and an end that leaves nothing."""

import os
import sys
import time

import pytest

from config import processes
from config.processes import Service, kill_group, shorten, stop_all


@pytest.fixture
def service(tmp_path):
    made = []

    def make(code):
        service = Service(
            name="program",
            command=[sys.executable, "-c", code],
            log=tmp_path / "logs" / "program.log",
            environment=dict(os.environ),
        )
        made.append(service)
        return service

    yield make
    for one in made:
        if one.process is not None:
            kill_group(one.process)


def keep_alive_for(service, *, seconds):
    said = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        service.keep_alive(said.append)
        time.sleep(0.01)
    return said


def test_a_program_that_dies_at_once_is_started_again_at_growing_intervals(service, monkeypatch):
    monkeypatch.setattr(processes, "LONGEST_WAIT_SECONDS", 0.4)
    dying = service("import sys; sys.exit(3)")
    dying.wait_seconds = 0.1
    said = keep_alive_for(dying, seconds=4)
    waits = [line.partition("again in ")[2].partition(" s.")[0] for line in said]
    assert waits[:4] == ["0.1", "0.2", "0.4", "0.4"]
    assert "stopped (exit code 3)" in said[0]


def test_a_steady_program_that_dies_does_not_wait_long(service, monkeypatch):
    monkeypatch.setattr(processes, "STEADY_SECONDS", 0.0)
    dying = service("import os; os.abort()")
    dying.wait_seconds = 16.0
    dying.start()
    dying.process.wait()
    said = []
    dying.keep_alive(said.append)
    assert "stopped (SIGABRT); starting it again in 0.5 s" in said[0]


def test_a_program_that_cannot_log_is_tried_again(service, monkeypatch):
    unlucky = service("")
    monkeypatch.setattr(processes.subprocess, "Popen", refuse)
    said = keep_alive_for(unlucky, seconds=0.1)
    assert "cannot be started (No space left on device)" in said[0]


def refuse(*_, **__):
    raise OSError(28, "No space left on device")


def test_stopping_asks_first_and_then_ends_what_ignores_it(service):
    deaf = service(
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('deaf', flush=True); time.sleep(60)"
    )
    deaf.start()
    while "deaf" not in deaf.log.read_text():
        time.sleep(0.01)
    started_at = time.monotonic()
    stop_all([deaf], [], grace_seconds=0.3)
    assert deaf.process.poll() == -9
    assert 0.3 <= time.monotonic() - started_at < 5


def test_a_long_log_is_cut_and_its_older_half_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "LOG_LIMIT_BYTES", 10)
    log = tmp_path / "web.log"
    with log.open("a") as writer:
        writer.write("x" * 20)
        writer.flush()
        shorten(log)
        writer.write("new")
    assert log.read_text() == "new"
    assert (tmp_path / "web.old.log").read_text() == "x" * 20
