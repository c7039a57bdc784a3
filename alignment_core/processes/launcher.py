"""Several processes of one run on this machine: started, watched and ended together.

`torchrun` does this for several machines, and the run works under it too; but it turns every end
into exit code 1. Here a refusal, a stop after saving and a signal come through as they are. Light:
nothing here imports torch.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from alignment_core.errors import EXIT_STOPPED
from alignment_core.processes.stopping import Stopper

STORE = "ALIGNMENT_CORE_STORE"  # the file by which the processes of one launch find each other
POLL_SECONDS = 0.05


class Ending(NamedTuple):
    """How the processes of one run ended together."""

    code: int = 0  # 143 stopped; else that of the first that failed, below 0 if a signal ended it
    refusal: str | None = None  # what that one refused or failed by, as one line of JSON


def is_member() -> bool:
    """Whether this process is one of several already, from here or from `torchrun`."""
    return "RANK" in os.environ and int(os.environ.get("WORLD_SIZE", "1")) > 1


def launch(arguments: Sequence[str], *, n_processes: int, stopper: Stopper) -> int:
    """Run `python -m alignment_core` with these arguments in several processes, and end as they do.

    Returns: the exit code of the first that failed, 143 if they stopped, else 0. If it died of a
        signal, this process dies of the same.
    """
    return end_like(run_members(arguments, n_processes=n_processes, stopper=stopper))


def run_members(arguments: Sequence[str], *, n_processes: int, stopper: Stopper) -> Ending:
    """Run `python -m alignment_core` with these arguments in several processes.

    All are asked to stop when this process is. When one fails, the others are ended, since they
    would wait for it for ever.
    """
    with tempfile.TemporaryDirectory(prefix="alignment_core-") as scratch:
        members = [
            _Member(arguments, rank=rank, n_processes=n_processes, store=Path(scratch) / "store")
            for rank in range(n_processes)
        ]
        try:
            failed = _watch(members, stopper)
        finally:
            for member in members:
                member.kill()
    if failed is None:
        codes = {member.process.returncode for member in members}
        return Ending(0 if codes == {0} else EXIT_STOPPED)
    return Ending(failed.process.returncode, failed.refusal)


def end_like(ending: Ending) -> int:
    """The exit code for this process, its refusal repeated; if a signal ended it, die of the same.

    Nobody's library call should come here: the caller's process is not ours to end.
    """
    if ending.refusal is not None:
        sys.stderr.write(f"{ending.refusal}\n")  # it belongs last
        sys.stderr.flush()
    if ending.code < 0:
        with suppress(OSError):  # nobody can choose what SIGKILL does
            signal.signal(-ending.code, signal.SIG_DFL)
        os.kill(os.getpid(), -ending.code)
    return ending.code


def _watch(members: Sequence[_Member], stopper: Stopper) -> _Member | None:
    """Wait until all have ended, or the first has failed, which is returned."""
    is_told = False
    while any(member.is_running() for member in members):
        for member in members:
            if member.has_failed():
                return member
        if stopper.is_asked and not is_told:
            is_told = True
            for member in members:
                member.stop()
        time.sleep(POLL_SECONDS)
    return next((member for member in members if member.has_failed()), None)


class _Member:
    """One process of the run. Its standard input is a pipe that ends when this process does."""

    def __init__(
        self, arguments: Sequence[str], *, rank: int, n_processes: int, store: Path
    ) -> None:
        self.refusal: str | None = None
        threads = max(1, (os.cpu_count() or 1) // n_processes)
        self.process = subprocess.Popen(
            [sys.executable, *_import_flags(), "-m", "alignment_core", *arguments],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env={
                "OMP_NUM_THREADS": str(threads),
                **os.environ,
                "RANK": str(rank),
                "LOCAL_RANK": str(rank),
                "WORLD_SIZE": str(n_processes),
                "LOCAL_WORLD_SIZE": str(n_processes),
                STORE: str(store),
            },
        )
        self._reader = threading.Thread(target=self._forward, args=(self.process.stderr or [],))
        self._reader.start()

    def is_running(self) -> bool:
        return self.process.poll() is None

    def has_failed(self) -> bool:
        return self.process.poll() not in (None, 0, EXIT_STOPPED, -signal.SIGTERM)

    def stop(self) -> None:
        with suppress(ProcessLookupError):
            self.process.terminate()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        for pipe in (self.process.stdin, self.process.stderr):
            if pipe is not None:
                pipe.close()

    def _forward(self, lines: Iterable[str]) -> None:
        """Pass on what it prints, and remember a refusal."""
        for line in lines:
            sys.stderr.write(line)
            sys.stderr.flush()
            if _is_refusal(line):
                self.refusal = line.rstrip("\n")


def _is_refusal(line: str) -> bool:
    with suppress(ValueError):
        body = json.loads(line)
        return isinstance(body, dict) and "error" in body
    return False


def _import_flags() -> list[str]:
    return ["-P"] if sys.flags.safe_path else []
