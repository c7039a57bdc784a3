"""`config.supervisor`, as a process: start, restart, stop, and the reasons not to start."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from config.start_checks import CannotStartError, check_data_directory

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = [sys.executable, "-m", "config.supervisor"]
NAMES = {
    "gunicorn": "web",
    "--queues default": "default",
    "--queues long": "long",
    "--queues training": "training",
}


def clean_environment(data_dir, **environ):
    """Of this process's environment, only what is not about the tests' own settings."""
    ours = {"DJANGO_SETTINGS_MODULE", "DATABASE_URL", "CELERY_BROKER_URL"}
    rest = {name: text for name, text in os.environ.items() if name not in ours}
    return {**rest, "ACCORD_DATA_DIR": str(data_dir), "ACCORD_DEMO": "0", "PORT": "0", **environ}


def start(data_dir, **options):
    return subprocess.Popen(
        COMMAND,
        cwd=ROOT,
        env=clean_environment(data_dir, **options.pop("environ", {})),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def address_of(supervisor):
    line = supervisor.stdout.readline()
    match = re.match(r"Accord is running at (http://127\.0\.0\.1:\d+) ", line)
    assert match, line + supervisor.stderr.read()
    return match[1]


def refusal(data_dir, **options):
    """What a supervisor that cannot start says, in one line."""
    supervisor = start(data_dir, **options)
    _, complaint = supervisor.communicate(timeout=60)
    assert supervisor.returncode not in {0, None}
    assert len(complaint.splitlines()) == 1, complaint
    return complaint


def descendants(pid):
    """Every living process below one, by pid: its command line."""
    found = {}
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        try:
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        except OSError:
            continue
        for child in children:
            command = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            found[int(child)] = command
            waiting.append(int(child))
    return found


def pid_of(supervisor, name):
    mark = next((mark for mark, known in NAMES.items() if known == name), name)
    own = Path(f"/proc/{supervisor.pid}/task/{supervisor.pid}/children").read_text().split()
    for pid in own:
        if mark in Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode():
            return int(pid)
    return None


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition, *, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := condition():
            return result
        time.sleep(0.05)
    pytest.fail(f"{condition} did not come true within {seconds} s")
    return None


def status_of(address):
    host, port = address.removeprefix("http://").split(":")
    with closing(socket.create_connection((host, int(port)), timeout=30)) as connection:
        connection.sendall(b"GET /sign-in/ HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        return int(connection.recv(64).split()[1])


@pytest.fixture
def supervisor(tmp_path):
    process = start(tmp_path)
    yield process
    if process.poll() is None:
        process.terminate()
    process.communicate(timeout=60)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_every_process_within_seconds(supervisor, number):
    address = address_of(supervisor)
    assert status_of(address) == 200
    family = descendants(supervisor.pid)
    assert len(family) >= 6  # web and its worker, three workers, scheduler
    started_at = time.monotonic()
    supervisor.send_signal(number)
    output, _ = supervisor.communicate(timeout=60)
    assert supervisor.returncode == 0
    assert output.endswith("Stopped.\n")
    assert time.monotonic() - started_at < 15
    assert [command for pid, command in family.items() if is_alive(pid)] == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_dies_is_started_again_and_requests_wait_meanwhile(supervisor):
    address = address_of(supervisor)
    for name in ("web", "default", "long", "training", "config.scheduler"):
        dead = wait_for(lambda name=name: pid_of(supervisor, name))
        os.kill(dead, signal.SIGKILL)
        wait_for(lambda name=name, dead=dead: pid_of(supervisor, name) not in {None, dead})
    assert status_of(address) == 200


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nothing_outlives_a_supervisor_that_is_killed(supervisor):
    address_of(supervisor)
    family = descendants(supervisor.pid)
    supervisor.kill()
    wait_for(lambda: not any(is_alive(pid) for pid in family))


def test_a_second_server_on_the_same_data_directory_is_refused(supervisor, tmp_path):
    address = address_of(supervisor)
    complaint = refusal(tmp_path)
    assert f"Accord already runs on the data directory {tmp_path}" in complaint
    assert address in complaint


def test_a_second_start_keeps_what_was_stored(tmp_path):
    code = "from django.contrib.sessions.models import Session; from django.utils import timezone;"
    write = "Session.objects.create(session_key='kept', expire_date=timezone.now())"
    for statement in (write, "Session.objects.get(session_key='kept')"):
        supervisor = start(tmp_path)
        address_of(supervisor)
        shell = [sys.executable, "manage.py", "shell", "-v0", "-c", f"{code} {statement}"]
        subprocess.run(shell, cwd=ROOT, env=clean_environment(tmp_path), check=True, timeout=60)
        supervisor.terminate()
        supervisor.communicate(timeout=60)


def test_nobody_else_can_read_what_is_stored(supervisor, tmp_path):
    tmp_path.chmod(0o755)
    address_of(supervisor)
    files = list(tmp_path.iterdir())
    assert tmp_path / "accord.sqlite3" in files
    assert {file.name: oct(file.stat().st_mode & 0o077) for file in files} == {
        file.name: "0o0" for file in files
    }


def test_a_busy_port_is_named(tmp_path):
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        complaint = refusal(tmp_path, environ={"PORT": str(port)})
    assert f"Port {port} of 127.0.0.1 cannot be used: Address already in use." in complaint


def test_a_database_that_does_not_answer_is_told_in_a_sentence(tmp_path):
    url = "postgres://nobody@127.0.0.1:1/nothing"
    supervisor = start(tmp_path, environ={"DATABASE_URL": url})
    _, complaint = supervisor.communicate(timeout=60)
    assert supervisor.returncode == 1
    assert complaint.startswith("The database cannot be used: ")
    assert "Traceback" not in complaint


def test_a_read_only_data_directory_is_named(tmp_path):
    data_dir = tmp_path / "read-only"
    data_dir.mkdir()
    (data_dir / "secret_key").write_text("x" * 60)
    data_dir.chmod(0o555)
    # Root may write everywhere, so the program becomes somebody else once it is loaded.
    code = (
        "import os; from config import supervisor; supervisor.settings.DEBUG; "
        "os.geteuid() or os.seteuid(65534); supervisor.main()"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=clean_environment(data_dir),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    complaint = f"The data directory {data_dir} cannot be written to: Permission denied.\n"
    assert (finished.returncode, finished.stderr) == (1, complaint)


def test_a_full_disk_is_told_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "config.start_checks.shutil.disk_usage",
        lambda _: type("Usage", (), {"free": 3 * 2**20})(),
    )
    with pytest.raises(CannotStartError, match="is full: 3 MiB are free, 64 MiB are needed"):
        check_data_directory(tmp_path)
