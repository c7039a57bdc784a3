"""The process that trains: `python -m alignment_core`, started, watched and stopped from outside.

No Django process imports torch, so whatever goes wrong in there takes down this one child.
"""

import enum
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings
from django.utils.translation import gettext as _

import alignment_core
from alignment_core.errors import EXIT_REFUSED, EXIT_STOPPED
from training.words.refusals import sentence_in_words

EXIT_FAILED = 1  # of a training that broke down, or of any crash
STOP_GRACE_SECONDS = 60.0  # to save in, between SIGTERM and SIGKILL
LOG_TAIL_BYTES = 12_000
COMMAND = [sys.executable, "-P", "-m", "alignment_core"]
# Nothing of the web server's environment is passed on but what a program needs to run at all.
PASSED_ON = {
    "PATH", "HOME", "USER", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP",
    "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHASHSEED", "VIRTUAL_ENV",
    "SYSTEMROOT",
}  # fmt: skip
PASSED_ON_PREFIXES = (
    "LC_", "OMP_", "MKL_", "OPENBLAS_", "KMP_", "CUDA_", "CUBLAS_", "NVIDIA_", "NCCL_", "TORCH",
    "PYTORCH_", "TRITON_", "XDG_CACHE_", "WANDB_", "TRACKIO_", "MLFLOW_",
)  # fmt: skip


class Ending(enum.Enum):
    DONE = "done"
    REFUSED = "refused"
    STOPPED = "stopped"
    CRASHED = "crashed"


class Child:
    """One command of `alignment_core` on a run directory, in a process group of its own.

    Its standard input is a pipe that only this process holds: when this process is gone, whatever
    the cause, the child sees the end of it, saves and stops.

    Args:
        inherits: open files that are to stay open for as long as the child lives.
    """

    def __init__(
        self, task: str, directory: Path, *arguments: str, inherits: Sequence[int] = ()
    ) -> None:
        self.log = directory / "log.txt"
        self._asked_at: float | None = None
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*COMMAND, task, *(arguments or [directory])],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=directory,
                env=child_environment(),
                start_new_session=True,
                pass_fds=inherits,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()

    def is_running(self) -> bool:
        return self.process.poll() is None

    def wait(self, seconds: float) -> bool:
        """Whether it has ended within so many seconds."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        return not self.is_running()

    def stop(self) -> None:
        """Ask it to save and end; called again after the grace, end it."""
        if self._asked_at is None:
            self._asked_at = time.monotonic()
            self._signal(signal.SIGTERM)
        elif time.monotonic() - self._asked_at > STOP_GRACE_SECONDS:
            self.kill()

    def kill(self) -> None:
        """End the whole process group at once; also what the child may have left behind."""
        self._signal(signal.SIGKILL)
        self.process.wait()
        if self.process.stdin:
            with suppress(OSError):
                self.process.stdin.close()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)

    @property
    def ending(self) -> Ending:
        code = self.process.returncode
        if code == 0:
            return Ending.DONE
        if code in (EXIT_REFUSED, EXIT_FAILED) and self._refusal() is not None:
            return Ending.REFUSED  # in a sentence of its own: it would only say so again
        if code in (EXIT_STOPPED, -signal.SIGTERM) or self._asked_at is not None:
            return Ending.STOPPED
        return Ending.CRASHED

    def reason(self) -> str:
        """Why it refused or crashed, in one sentence."""
        refusal = self._refusal()
        if self.ending is Ending.REFUSED and refusal is not None:
            broke_down = self.process.returncode == EXIT_FAILED
            frame = _("Training broke down: %(why)s.") if broke_down else _("Refused: %(why)s.")
            return frame % {"why": refusal.rstrip(".")}
        log = self.log_tail()
        if is_disk_full(log):
            return disk_full_reason()
        if "OutOfMemoryError" in log or "CUDA out of memory" in log:
            return _(
                "The GPU's memory ran out. A smaller tokens_per_micro_batch or max_length needs "
                "less, and the first of the two does not change the result."
            )
        if self.process.returncode == -signal.SIGKILL:
            return _(
                "The training process was killed from outside, as happens when the machine's "
                "memory runs out."
            )
        lines = [line for line in log.splitlines() if line.strip()]
        return _("The training process crashed: %(line)s") % {
            "line": lines[-1].strip()[:300] if lines else _("it printed nothing")
        }

    def log_tail(self) -> str:
        """The end of what it printed."""
        return tail(self.log)

    def _refusal(self) -> str | None:
        """The sentence in the last line of the log, if it is a refusal; translated where known."""
        lines = self.log_tail().splitlines()
        with suppress(ValueError, TypeError, KeyError, IndexError, AttributeError):
            body = json.loads(lines[-1])
            sentence = str(body["error"])
            template, parts = body.get("template", sentence), body.get("parts", {})
            return sentence_in_words(sentence, template=template, parts=parts)
        return None


def tail(file: Path, n_bytes: int = LOG_TAIL_BYTES) -> str:
    try:
        with file.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - n_bytes))
            return log.read().decode(errors="replace").replace("\0", "")
    except FileNotFoundError:
        return ""


def child_environment() -> dict[str, str]:
    """What the child needs to run, and none of the server's secrets."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name in PASSED_ON or name.startswith(PASSED_ON_PREFIXES)
    }
    root = str(Path(alignment_core.__file__).resolve().parent.parent)
    inherited = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = os.pathsep.join([root, inherited] if inherited else [root])
    # Everything is on this machine already: a child that waits for the network would just hang.
    return environment | {
        "ACCORD_TRIAL_CACHE": str(settings.ACCORD_TRIAL_CACHE),
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONUNBUFFERED": "1",
    }


def is_disk_full(log: str) -> bool:
    return "No space left on device" in log or "Disk quota exceeded" in log


def disk_full_reason() -> str:
    return _("The disk is full. What was stored before is intact: make room, then resume the run.")
