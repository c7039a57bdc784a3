"""The files of a run: config.json in; plan, preflight, metrics, checkpoints, results out."""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from alignment_core.files import (
    cannot_read,
    cannot_write,
    sync_directory,
    sync_path,
    write_json,
    write_text,
)

SECONDS_BETWEEN_PROGRESS = 1.0
Show = Callable[[Mapping[str, Any]], None]
ASKED = ".asked"  # what is written of a start, until it is known that it will not be refused
MADE = ".made"  # lies in there where the run's directory was made for it


def ask_for_run(output: Path, config: Mapping[str, Any]) -> Path:
    """Write down what a run is asked to do, and return the directory to start it by.

    Nothing else in `output` is touched until the run is accepted.

    Raises: Refused if nothing can be written there.
    """
    asked = output / ASKED
    is_new = not output.exists()
    try:
        shutil.rmtree(asked, ignore_errors=True)  # of a start that was killed
        asked.mkdir(parents=True)
        if is_new:
            (asked / MADE).touch()
        write_json(asked / "config.json", config)
    except OSError as error:
        raise cannot_write(output, error, field="output") from error
    return asked


def forget_asked(path: Path) -> None:
    """Remove what was asked of a run and not accepted, and a directory that was made for it."""
    run = RunDirectory(path).path
    is_new = (run / ASKED / MADE).exists()
    shutil.rmtree(run / ASKED, ignore_errors=True)
    if is_new:
        with suppress(OSError):  # something else is in there
            run.rmdir()


def is_asked(path: Path) -> bool:
    """Whether a path is what `ask_for_run` gave."""
    return path.name == ASKED


def read_alarms(output: Path) -> list[str]:
    """The sentences of what a finished run warns of."""
    summary = json.loads((output / "summary.json").read_text(encoding="utf-8"))
    return [alarm["message"] for alarm in summary.get("alarms", [])]


def saved_steps(directory: Path) -> list[Path]:
    """The checkpoints of a run, oldest first."""
    found = [
        path
        for path in directory.glob("step-*")
        if path.is_dir() and path.name.removeprefix("step-").isdecimal()
    ]
    return sorted(found, key=lambda path: int(path.name.removeprefix("step-")))


class RunDirectory:
    """Where a run keeps its files; the clock is an argument so that tests can hold it.

    A start may still be refused, and a refusal destroys nothing: where an earlier start left
    something, all that is written lies apart until `accept`.

    Args:
        path: of the run, or what `ask_for_run` gave.
        show: is told each line of the metrics as well.
    """

    def __init__(
        self, path: Path, *, clock: Callable[[], float] = time.time, show: Show | None = None
    ) -> None:
        self.path = path.parent if is_asked(path) else path
        self._asked = path if is_asked(path) else None
        self.clock = clock
        self.stands_at = (0, 0)  # steps that are done, and of how many; set by the loop
        self.seconds: dict[str, float] = {}
        self.listeners: list[Show] = [] if show is None else [show]  # told of each line logged
        self._seconds_within = 0.0  # spent in phases inside the current one
        self._progress_at = -SECONDS_BETWEEN_PROGRESS

    @property
    def checkpoints(self) -> Path:
        """Holds one directory for each saved step."""
        return self.path / "checkpoints"

    @property
    def final(self) -> Path:
        """The finished checkpoint, in Hugging Face layout."""
        return self.path / "final"

    @property
    def metrics(self) -> Path:
        """One JSON object a line."""
        return self.file("metrics.jsonl")

    def file(self, name: str) -> Path:
        """Where a file of the run is written now: apart, until the start is accepted."""
        return (self._asked or self.path) / name

    def begin(self, metrics: Path | None = None) -> None:
        """Start the metrics anew, or as those of the checkpoint that is gone on from."""
        if self._asked is None and self.metrics.exists():
            self._asked = self.path / ASKED
            shutil.rmtree(self._asked, ignore_errors=True)
            self._asked.mkdir()
        if metrics is not None and metrics.exists():
            shutil.copyfile(metrics, self.metrics)

    def accept(self) -> None:
        """Let what was written apart take its place: from here on the run is this one."""
        asked, self._asked = self._asked, None
        if asked is None:
            return
        (self.path / "metrics.jsonl").unlink(missing_ok=True)
        for file in asked.iterdir():
            if file.name != MADE:
                file.replace(self.path / file.name)
        shutil.rmtree(asked)
        sync_path(self.path)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count the time spent inside towards a phase of the run, and not towards one around it."""
        started, around = time.perf_counter(), self._seconds_within
        self._seconds_within = 0.0
        try:
            yield
        finally:
            spent = time.perf_counter() - started
            self.seconds[name] = self.seconds.get(name, 0.0) + spent - self._seconds_within
            self._seconds_within = around + spent

    def log(
        self, phase: str, *, step: int, total_steps: int, values: Mapping[str, float] | None = None
    ) -> None:
        """Append one line to the metrics; a figure that is not finite is written as null."""
        line = {
            "phase": phase,
            "step": step,
            "total_steps": total_steps,
            "time": self.clock(),
            **{
                name: value if math.isfinite(value) else None  # JSON has no NaN
                for name, value in (values or {}).items()
            },
        }
        with self.metrics.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        for listener in self.listeners:
            listener(line)

    def log_progress(self, phase: str, *, done: int, total: int) -> None:
        """Say how far a phase has come, at most once a second and at its end."""
        if self._is_time_for_progress(is_end=done == total):
            self.log(phase, step=done, total_steps=total)

    def log_samples(self, done: int, total: int) -> None:
        """Say how many samples of a rollout are there, as often as other progress.

        The steps are those of the run: a rollout is a part of one.
        """
        if self._is_time_for_progress(is_end=done == total):
            step, total_steps = self.stands_at
            counts = {"samples/done": done, "samples/total": total}
            self.log("rollout", step=step, total_steps=total_steps, values=counts)

    def _is_time_for_progress(self, *, is_end: bool) -> bool:
        now = time.perf_counter()
        is_time = is_end or now - self._progress_at >= SECONDS_BETWEEN_PROGRESS
        if is_time:
            self._progress_at = now
        return is_time

    def read_metrics(self) -> list[dict[str, Any]]:
        """Every line of the metrics so far. Raises: Refused if one cannot be read."""
        if not self.metrics.exists():
            return []
        try:
            return [json.loads(line) for line in self.metrics.read_text("utf-8").splitlines()]
        except (ValueError, RecursionError) as error:
            raise cannot_read(self.metrics, error, field="resume") from error

    def write_json(self, name: str, value: Any) -> None:
        """Write a JSON file whole or not at all."""
        write_json(self.file(name), value)

    def write_text(self, name: str, text: str) -> None:
        """Write a text file whole or not at all."""
        write_text(self.file(name), text)

    def save_final(self, write: Callable[[Path], None]) -> None:
        """Fill `final/` by a callable, so that it is there whole or not at all."""
        scratch = self.path / ".final.partial"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        write(scratch)
        sync_directory(scratch)
        shutil.rmtree(self.final, ignore_errors=True)
        scratch.rename(self.final)
        sync_path(self.path)
