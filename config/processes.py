"""Child processes that are started again when they die, and that never outlive their supervisor."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

SHORTEST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0
STEADY_SECONDS = 30.0  # who has run this long starts again without delay
LOG_LIMIT_BYTES = 10 * 1024 * 1024
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
IS_LINUX = sys.platform == "linux"


@dataclass
class Service:
    """One program to keep running, its log, and how it has fared."""

    name: str
    command: list[str]
    log: Path
    environment: dict[str, str]
    niceness: int = 0
    inherited_fds: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    wait_seconds: float = field(default=SHORTEST_WAIT_SECONDS)

    def start(self) -> None:
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.environment,
                pass_fds=self.inherited_fds,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone
                preexec_fn=before_exec(niceness=self.niceness),
            )
        self.started_at = time.monotonic()

    def keep_alive(self, say: Callable[[str], None]) -> None:
        """Notice a death, and start again when the wait is over."""
        now = time.monotonic()
        if self.process is not None:
            code = self.process.poll()
            if code is None:
                return
            kill_group(self.process)  # what it may have left behind
            self.process = None
            if now - self.started_at >= STEADY_SECONDS:
                self.wait_seconds = SHORTEST_WAIT_SECONDS
            self.try_again_later(say, reason=f"stopped ({describe_exit(code)})")
        elif now >= self.start_again_at:
            try:
                self.start()
            except OSError as error:  # such as a full disk, on which it cannot log
                self.try_again_later(say, reason=f"cannot be started ({error.strerror})")

    def try_again_later(self, say: Callable[[str], None], *, reason: str) -> None:
        """Wait twice as long as the last time, up to a limit."""
        self.start_again_at = time.monotonic() + self.wait_seconds
        say(
            f"{self.name} {reason}; starting it again in {self.wait_seconds:g} s. "
            f"Its log: {self.log}"
        )
        self.wait_seconds = min(2 * self.wait_seconds, LONGEST_WAIT_SECONDS)


def stop_all(
    services: list[Service], steps: list[subprocess.Popen[bytes]], *, grace_seconds: float
) -> None:
    """Ask all to stop, wait, then end what is left of them and their groups."""
    processes = [service.process for service in services if service.process] + steps
    # What ended long ago is left out: its number may belong to a stranger by now.
    processes = [process for process in processes if process.poll() is None]
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + grace_seconds
    while any(process.poll() is None for process in processes) and time.monotonic() < deadline:
        time.sleep(0.05)
    for process in processes:
        kill_group(process)


def end_orphans(*, grace_seconds: float) -> None:
    """Wait for what outlived the process that started it, then end it.

    A training child saves and ends when its standard input closes, which its worker's end does.
    """
    deadline = time.monotonic() + grace_seconds
    while orphans() and time.monotonic() < deadline:
        reap_orphans()
        time.sleep(0.05)
    for pid in orphans():
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End a process and everything in its group at once."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def before_exec(*, niceness: int) -> Callable[[], None]:
    """What a child does first: end with its supervisor, and step back for the web."""
    supervisor = os.getpid()

    def prepare() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != supervisor:  # it died before the line above
                os._exit(1)
        os.nice(niceness)

    return prepare


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose parent dies, so that none escapes."""
    if libc is not None:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1)


def orphans() -> list[int]:
    """Direct children of this process (on Linux; elsewhere process groups must do)."""
    if not IS_LINUX:
        return []
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    with suppress(OSError):
        return [int(pid) for pid in children.read_text().split()]
    return []


def reap_orphans(known: frozenset[int] = frozenset()) -> None:
    """Collect the exit codes of adopted processes, which nobody else will."""
    for pid in orphans():
        if pid not in known:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def shorten(log: Path) -> None:
    """Move a long log aside while its writer, which appends, keeps the file open."""
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        with suppress(OSError):  # on a full disk, the room counts for more than the old lines
            shutil.copyfile(log, log.with_suffix(".old.log"))
        os.truncate(log, 0)


def describe_exit(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


libc = ctypes.CDLL(None, use_errno=True) if IS_LINUX else None
