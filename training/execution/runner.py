"""The bridge: a claimed run becomes a directory and a child process; what it leaves, rows.

Everything written here is fenced by the claim. A worker that was taken for dead and comes back
finds that out at its next write, ends its child, and changes nothing.
"""

import errno
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.utils.translation import gettext as _

from annotate.errors import AccordError
from annotate.text.language import in_language_of
from annotate.work.claims import ClaimLost
from training.artifacts.store import store_directory, store_report
from training.execution.attempt_directory import AttemptDirectory
from training.execution.child import Child, Ending, disk_full_reason, is_disk_full
from training.execution.results import (
    finish_evaluation,
    finish_merging,
    finish_sampling,
    finish_training,
)
from training.execution.run_heartbeat import RunHeartbeat
from training.execution.shelf import Shelf
from training.execution.worker_ending import Surroundings
from training.models import MACHINE, Run, RunKind
from training.runs import claimed
from training.runs.this_machine import ProcessMeter
from training.runs.workers import record_worker

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.2
WRITE_SECONDS = 1.5  # between batches of metrics
MEASURE_SECONDS = 5.0  # between looks at what the child takes of the machine
PATIENCE_SECONDS = 300.0  # with a database that does not answer, at the end of a run

LastWrite = Callable[[], None]  # how a run ends, ready to be written


def execute(run: Run, *, cards: Sequence[int] = ()) -> None:
    """Do a claimed run here, to whatever end it comes to.

    Args:
        cards: the files by which its accelerators are held.
    """
    directory = AttemptDirectory(run)
    with in_language_of(run.requested_by), RunHeartbeat(run) as heartbeat:
        try:
            _patiently(_attempt(run, directory, heartbeat, cards))
        except Exception as error:
            _patiently(_end_after(error, run))
    directory.lighten()
    _patiently(partial(record_worker, name=run.worker, run=None))


def _attempt(
    run: Run, directory: AttemptDirectory, heartbeat: RunHeartbeat, cards: Sequence[int]
) -> LastWrite:
    """Run the child to its end; what is to be written down of it. Raises: ClaimLost."""
    directory.prepare()
    shelf = Shelf(run, directory)
    try:
        command = directory.command()
        with Child(run.kind, directory.path, *command, inherits=cards) as child:
            _follow(run, child, directory, heartbeat, shelf)
            shelf.finish()
            return _end_of(child, run, directory, heartbeat)
    finally:
        shelf.abandon()


def _follow(
    run: Run, child: Child, directory: AttemptDirectory, heartbeat: RunHeartbeat, shelf: Shelf
) -> None:
    """Keep up with the child until it ends. Raises: ClaimLost."""
    surroundings = Surroundings()
    progress = Progress(run, directory, ProcessMeter(child.process.pid))
    write_at = 0.0
    while not child.wait(TICK_SECONDS):
        if heartbeat.claim_lost.is_set():
            raise ClaimLost(str(run.public_id))
        if heartbeat.cancel_requested.is_set() or surroundings.are_going_away():
            child.stop()
        if time.monotonic() >= write_at:
            progress.write(child.log_tail())
            shelf.look()
            write_at = time.monotonic() + WRITE_SECONDS
    progress.write(child.log_tail(), is_last=True)


def _end_of(
    child: Child, run: Run, directory: AttemptDirectory, heartbeat: RunHeartbeat
) -> LastWrite:
    """What is to be written down of a child that has ended by itself or was stopped."""
    log = child.log_tail()
    ending = child.ending
    if ending is Ending.DONE:
        return _result_of(run, directory, log)
    if ending is Ending.REFUSED:
        return partial(claimed.fail_run, run=run, reason=child.reason(), log=log)
    if ending is Ending.STOPPED and heartbeat.cancel_requested.is_set():
        return partial(claimed.cancel_claimed_run, run=run, log=log)
    if ending is Ending.STOPPED:
        return partial(claimed.give_back_run, run=run, log=log)
    end = claimed.fail_run if is_disk_full(log) else claimed.retry_or_fail_run
    return partial(end, run=run, reason=child.reason(), log=log)


def _result_of(run: Run, directory: AttemptDirectory, log: str) -> LastWrite:
    if run.kind == RunKind.MERGE:
        final = store_directory(directory.path / "final")
        return partial(finish_merging, run=run, final=final, log=log)
    summary = directory.read_json("summary.json")
    if summary is None:
        reason = _("The training process ended well and left no summary.")
        return partial(claimed.retry_or_fail_run, run=run, reason=reason, log=log)
    if run.kind == RunKind.SAMPLE:
        samples = directory.path / "samples.jsonl"
        return partial(finish_sampling, run=run, summary=summary, samples=samples, log=log)
    if run.kind == RunKind.EVALUATE:
        report = store_report(directory.path / "report.html")
        return partial(finish_evaluation, run=run, summary=summary, report=report, log=log)
    final = store_directory(directory.path / "final")
    return partial(
        finish_training,
        run=run,
        summary=summary,
        final=final,
        n_left_out=directory.n_left_out,
        log=log,
    )


def _end_after(error: Exception, run: Run) -> LastWrite:
    """What is to be written down when the work here went wrong; nothing, if it is not ours."""
    if isinstance(error, ClaimLost):
        logger.warning("Run %s belongs to somebody else by now", run.public_id)
        return _nothing
    if isinstance(error, AccordError):
        return partial(claimed.fail_run, run=run, reason=str(error))
    logger.error("Run %s could not be carried out", run.public_id, exc_info=error)
    if not isinstance(error, OSError):
        reason = _("Accord itself failed here; its log says more.")
        return partial(claimed.retry_or_fail_run, run=run, reason=reason)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return partial(claimed.fail_run, run=run, reason=disk_full_reason())
    reason = _("A file could not be read or written: %(error)s") % {"error": error}
    return partial(claimed.retry_or_fail_run, run=run, reason=reason)


def _nothing() -> None:
    pass


def _patiently(write: LastWrite) -> None:
    """Try a last write again while the database is away; after that, the reaper takes over."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return write()
        except ClaimLost:
            logger.warning("A result came too late and was not recorded")
            return None
        except (OperationalError, InterfaceError):
            if time.monotonic() > give_up_at:
                raise
            logger.warning("The database does not answer; trying again", exc_info=True)
            connection.close()
            time.sleep(2)


class Progress:
    """Carries what the child reports into the run's row, in batches."""

    def __init__(self, run: Run, directory: AttemptDirectory, meter: ProcessMeter) -> None:
        self._run = run
        self._directory = directory
        self._meter = meter
        self._measure_at = time.monotonic() + MEASURE_SECONDS
        self._unwritten: list[tuple[claimed.Metric, int | None]] = []
        self._log = ""
        self._reported: set[str] = set()
        self._step = run.step
        self._samples: list[dict[str, Any]] = []

    def write(self, log: str, *, is_last: bool = False) -> None:
        """Raises: ClaimLost. While the database is away, the batch grows."""
        self._unwritten += self._directory.new_metrics()
        values: dict[str, Any] = {}
        for name in {"plan", "preflight"} - self._reported:
            if (report := self._directory.read_json(f"{name}.json")) is not None:
                values[name] = report
        if log != self._log:
            values["log"] = log
        if (samples := self._directory.newest_samples()) != self._samples:
            values["live_samples"] = samples
        if self._unwritten:
            (phase, self._step, _logged_at, _values), total = self._unwritten[-1]
            values |= {"phase": phase, "step": self._step, "total_steps": total}
        metrics = [*(metric for metric, _total in self._unwritten), *self._measured()]
        if not values and not metrics:
            return
        try:
            claimed.record_progress(self._run, metrics=metrics, values=values)
        except (DatabaseError, InterfaceError):
            if is_last:
                raise
            logger.warning("The database does not answer; the run goes on", exc_info=True)
            connection.close()
            return
        self._unwritten, self._log = [], log
        self._samples = samples
        self._reported |= values.keys() & {"plan", "preflight"}

    def _measured(self) -> Iterator[claimed.Metric]:
        """What the child takes of the machine, now and then; at the step that it has come to."""
        if time.monotonic() >= self._measure_at:
            self._measure_at = time.monotonic() + MEASURE_SECONDS
            yield MACHINE, self._step, datetime.now(UTC), self._meter.read()
