"""How a child is started, stopped and understood; small stand-ins play those that go wrong."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings

from training.execution import child as child_module
from training.execution.child import Child, Ending, child_environment


@pytest.fixture
def play(monkeypatch, tmp_path):
    """Start a child that runs some lines of Python instead of the library."""

    def start(*lines: str) -> Child:
        monkeypatch.setattr(child_module, "COMMAND", [sys.executable, "-c", "\n".join(lines)])
        return Child("train", tmp_path)

    return start


def finish(child: Child) -> Child:
    assert child.wait(30)
    return child


def test_no_secret_of_the_web_server_reaches_the_child(monkeypatch, play):
    secrets = {
        "ACCORD_SECRET_KEY": "s3cret",
        "DATABASE_URL": "postgres://user:s3cret@host/accord",
        "CELERY_BROKER_URL": "redis://:s3cret@host",
        "AWS_SECRET_ACCESS_KEY": "s3cret",
        "SENTRY_DSN": "https://s3cret@host",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    with play("import json, os; print(json.dumps(dict(os.environ)))") as child:
        seen = json.loads(finish(child).log_tail())
    assert "s3cret" not in json.dumps(seen)
    about_us = [name for name in seen if name.startswith(("ACCORD", "DJANGO"))]
    assert about_us == ["ACCORD_TRIAL_CACHE"]
    assert seen["ACCORD_TRIAL_CACHE"] == str(settings.ACCORD_TRIAL_CACHE)
    assert seen["CUDA_VISIBLE_DEVICES"] == "1"
    assert seen["HF_HUB_OFFLINE"] == "1"


def test_the_real_child_refuses_an_empty_directory_in_one_sentence(tmp_path):
    with Child("train", tmp_path) as child:
        finish(child)
        assert child.ending is Ending.REFUSED
        assert "config.json" in child.reason()
        assert "Traceback" not in child.reason()


@pytest.mark.parametrize(
    ("lines", "ending", "reason"),
    [
        (["pass"], Ending.DONE, None),
        (["raise ValueError('no such thing')"], Ending.CRASHED, "ValueError: no such thing"),
        (["raise OSError(28, 'No space left on device')"], Ending.CRASHED, "The disk is full"),
        (["import os; os.kill(os.getpid(), 9)"], Ending.CRASHED, "memory runs out"),
        (["import os; os.kill(os.getpid(), 15)"], Ending.STOPPED, None),
        (["raise SystemExit(143)"], Ending.STOPPED, None),
        (["raise SystemExit(2)"], Ending.CRASHED, "printed nothing"),
        (
            ['print(\'{"error": "beta must be above 0"}\'); raise SystemExit(2)'],
            Ending.REFUSED,
            "beta must be above 0",
        ),
        (["raise MemoryError('CUDA out of memory')"], Ending.CRASHED, "The GPU's memory ran out"),
    ],
)
def test_every_end_is_understood(play, lines, ending, reason):
    with play(*lines) as child:
        finish(child)
        assert child.ending is ending
        if reason:
            assert reason in child.reason()


def test_a_child_that_does_not_stop_when_asked_is_ended_after_the_grace(play, monkeypatch):
    monkeypatch.setattr(child_module, "STOP_GRACE_SECONDS", 0.3)
    lines = ["import signal, time", "signal.signal(15, signal.SIG_IGN)", "print('up', flush=True)"]
    with play(*lines, "time.sleep(60)") as child:
        while "up" not in child.log_tail():
            time.sleep(0.02)
        asked_at = time.monotonic()
        while not child.wait(0.05):
            child.stop()
        assert time.monotonic() - asked_at < 5
        assert child.ending is Ending.STOPPED


def test_what_the_child_has_started_ends_with_it(play):
    lines = ["import subprocess", "late = subprocess.Popen(['sleep', '60'])"]
    with play(*lines, "print(late.pid, flush=True)", "late.wait()") as child:
        while not child.log_tail().strip():
            time.sleep(0.02)
        grandchild = int(child.log_tail())
    time.sleep(0.2)
    with pytest.raises(ProcessLookupError):
        _signal_unless_zombie(grandchild)


def test_the_child_ends_when_its_worker_is_killed(tmp_path):
    """The real child on a run that waits: its standard input closes with the worker."""
    worker = (
        "import sys, time; from pathlib import Path; from training.execution.child import Child;"
        "child = Child('train', Path(sys.argv[1]));"
        "print(child.process.pid, flush=True); time.sleep(60)"
    )
    stand_in = "import sys; print('up', flush=True); sys.stdin.read(); raise SystemExit(143)"
    worker = worker.replace(
        "child = ",
        "import training.execution.child as c;"
        f"c.COMMAND = [sys.executable, '-c', {stand_in!r}];child = ",
    )
    command = [sys.executable, "-c", worker, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        pid = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    with pytest.raises(ProcessLookupError):
        while time.monotonic() < deadline:
            _signal_unless_zombie(pid)
            time.sleep(0.05)


def test_the_child_finds_the_library_and_nothing_of_its_directory(tmp_path):
    (tmp_path / "torch.py").write_text("raise SystemExit('imported from the run directory')")
    finished = subprocess.run(
        [*child_module.COMMAND, "--help"],
        cwd=tmp_path,
        env=child_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr


def _signal_unless_zombie(pid: int) -> None:
    os.kill(pid, 0)
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
        if stat.read().rpartition(")")[2].split()[0] == "Z":
            raise ProcessLookupError
