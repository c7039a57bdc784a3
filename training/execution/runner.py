"""The bridge: a claimed run becomes a directory and a child process; what it leaves, rows.

Everything written here is fenced by the claim. A worker that was taken for dead and comes back
finds that out at its next write, ends its child, and changes nothing.
"""

import errno
import logging
import time
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.utils.translation import gettext as _

from annotate.errors import AccordError
from annotate.text.language import in_language_of
from training.artifacts.store import store_directory, store_report
from training.checkpoints.registry import drop_resumable_checkpoints
from training.execution.attempt_directory import AttemptDirectory
from training.execution.child import Child, Ending, disk_full_reason, is_disk_full
from training.execution.heartbeat import Keeper
from training.execution.results import finish_evaluation, finish_sampling, finish_training
from training.execution.shelf import Shelf
from training.execution.worker_ending import Surroundings
from training.models import Run, RunKind
from training.runs import claims
from training.runs.workers import record_worker

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.2
WRITE_SECONDS = 1.5  # between batches of metrics
PATIENCE_SECONDS = 300.0  # with a database that does not answer, at the end of a run


def execute(run: Run) -> None:
    """Do a claimed run here, to whatever end it comes to."""
    directory = AttemptDirectory(run)
    with in_language_of(run.requested_by), Keeper(run) as keeper:
        try:
            _attempt(run, directory, keeper)
        except claims.ClaimLost:
            logger.warning("Run %s belongs to somebody else by now", run.public_id)
        except AccordError as refusal:
            sentence = str(refusal)
            _patiently(lambda: claims.fail_run(run=run, reason=sentence))
        except OSError as error:
            logger.exception("Run %s could not be carried out", run.public_id)
            _give_up(run, error)
        except Exception:
            logger.exception("Run %s could not be carried out", run.public_id)
            reason = _("Accord itself failed here; its log says more.")
            _patiently(lambda: claims.retry_or_fail_run(run=run, reason=reason))
    directory.lighten()
    _patiently(lambda: record_worker(name=run.worker, run=None))


def _attempt(run: Run, directory: AttemptDirectory, keeper: Keeper) -> None:
    directory.prepare()
    shelf = Shelf(run, directory)
    try:
        with Child(run.kind, directory.path) as child:
            _follow(run, child, directory, keeper, shelf)
            shelf.finish()
            _conclude(run, child, directory, keeper)
    finally:
        shelf.abandon()


def _follow(
    run: Run, child: Child, directory: AttemptDirectory, keeper: Keeper, shelf: Shelf
) -> None:
    """Keep up with the child until it ends. Raises: ClaimLost."""
    surroundings = Surroundings()
    progress = Progress(run, directory)
    write_at = 0.0
    while not child.wait(TICK_SECONDS):
        if keeper.claim_lost.is_set():
            raise claims.ClaimLost(str(run.public_id))
        if keeper.cancel_requested.is_set() or surroundings.are_going_away():
            child.stop()
        if time.monotonic() >= write_at:
            progress.write(child.log_tail())
            shelf.look()
            write_at = time.monotonic() + WRITE_SECONDS
    progress.write(child.log_tail(), is_last=True)


def _conclude(run: Run, child: Child, directory: AttemptDirectory, keeper: Keeper) -> None:
    """Write down how the child ended. Raises: ClaimLost."""
    log = child.log_tail()
    ending = child.ending
    if ending is Ending.DONE:
        _finish(run, directory, log)
    elif ending is Ending.REFUSED:
        reason = child.reason()
        _patiently(lambda: claims.fail_run(run=run, reason=reason, log=log))
    elif ending is Ending.STOPPED and keeper.cancel_requested.is_set():
        _patiently(lambda: claims.cancel_claimed_run(run=run, log=log))
    elif ending is Ending.STOPPED:
        _patiently(lambda: claims.give_back_run(run=run, log=log))
    else:
        end = claims.fail_run if is_disk_full(log) else claims.retry_or_fail_run
        reason = child.reason()
        _patiently(lambda: end(run=run, reason=reason, log=log))


def _finish(run: Run, directory: AttemptDirectory, log: str) -> None:
    summary = directory.read_json("summary.json")
    if summary is None:
        reason = _("The training process ended well and left no summary.")
        _patiently(lambda: claims.retry_or_fail_run(run=run, reason=reason, log=log))
    elif run.kind == RunKind.TRAIN:
        final = store_directory(directory.path / "final")
        n_left_out = directory.n_left_out
        _patiently(
            lambda: finish_training(
                run=run, summary=summary, final=final, n_left_out=n_left_out, log=log
            )
        )
        drop_resumable_checkpoints(run, keep=0)  # nothing goes on from a run that succeeded
    elif run.kind == RunKind.SAMPLE:
        samples = directory.path / "samples.jsonl"
        _patiently(lambda: finish_sampling(run=run, summary=summary, samples=samples, log=log))
    else:
        report = store_report(directory.path / "report.html")
        _patiently(lambda: finish_evaluation(run=run, summary=summary, report=report, log=log))


def _give_up(run: Run, error: OSError) -> None:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        _patiently(lambda: claims.fail_run(run=run, reason=disk_full_reason()))
        return
    reason = _("A file could not be read or written: %(error)s") % {"error": error}
    _patiently(lambda: claims.retry_or_fail_run(run=run, reason=reason))


def _patiently(write: Callable[[], None]) -> None:
    """Try a last write again while the database is away; after that, the reaper takes over."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return write()
        except claims.ClaimLost:
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

    def __init__(self, run: Run, directory: AttemptDirectory) -> None:
        self._run = run
        self._directory = directory
        self._unwritten: list[tuple[claims.Metric, int | None]] = []
        self._log = ""
        self._reported: set[str] = set()

    def write(self, log: str, *, is_last: bool = False) -> None:
        """Raises: ClaimLost. While the database is away, the batch grows."""
        self._unwritten += self._directory.new_metrics()
        values: dict[str, Any] = {}
        for name in {"plan", "preflight"} - self._reported:
            if (report := self._directory.read_json(f"{name}.json")) is not None:
                values[name] = report
        if log != self._log:
            values["log"] = log
        if self._unwritten:
            (phase, step, _logged_at, _values), total = self._unwritten[-1]
            values |= {"phase": phase, "step": step, "total_steps": total}
        if not values:
            return
        try:
            claims.record_progress(
                self._run, metrics=[metric for metric, _total in self._unwritten], values=values
            )
        except (DatabaseError, InterfaceError):
            if is_last:
                raise
            logger.warning("The database does not answer; the run goes on", exc_info=True)
            connection.close()
            return
        self._unwritten, self._log = [], log
        self._reported |= values.keys() & {"plan", "preflight"}
