"""The web server as in real life, and what it and the database need of the machine."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def server():
    """Gunicorn as in real life, on a free port; yields its address and its process."""
    from django.conf import settings

    from config.processes import kill_group
    from config.programs import ONE_THREAD, gunicorn
    from config.start_checks import address_of, listen
    from config.supervisor import answers

    with listen("127.0.0.1", 0) as listener:
        command = gunicorn(
            listener_fd=listener.fileno(),
            processes=settings.ACCORD_WEB_PROCESSES,
            threads=settings.ACCORD_WEB_THREADS,
        )
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env={**os.environ, **ONE_THREAD},
            pass_fds=(listener.fileno(),),
            start_new_session=True,
        )
        try:
            address = address_of(listener)
            deadline = time.monotonic() + 60
            while not answers(address):
                if process.poll() is not None or time.monotonic() > deadline:
                    sys.exit("The web server did not start.")
                time.sleep(0.1)
            yield address, process
        finally:
            kill_group(process)


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and its children so far, those that have ended included."""
    ticks = 0
    for one in (str(pid), *children_of(pid)):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15] if one == str(pid) else fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def postgres_pid() -> int:
    """The process of PostgreSQL that all its others are children of."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    return int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])


def children_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def memory_mib(pid: int) -> int:
    """Memory of the server's processes, what they share counted once."""
    kilobytes = 0
    for one in (str(pid), *children_of(pid)):
        lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes // 1024
