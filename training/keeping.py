"""What goes on beside a run: holding its claim, and storing the checkpoints it saves."""

import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from django.db import DatabaseError, InterfaceError, connection, transaction

from training.attempts import AttemptDirectory
from training.models import Run
from training.services import claims
from training.services.artifacts import store_directory
from training.services.checkpoints import (
    N_KEPT,
    drop_resumable_checkpoints,
    register_checkpoint,
)
from training.services.workers import record_worker

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0  # between looks for a request to cancel


class Keeper(threading.Thread):
    """Says every few seconds that the run is alive, and hears whether it should be."""

    def __init__(self, run: Run) -> None:
        super().__init__(name=f"keeper of {run.public_id}", daemon=True)
        self.claim_lost = threading.Event()
        self.cancel_requested = threading.Event()
        self._run = run
        self._over = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        due_at = 0.0
        while not self.claim_lost.is_set():
            try:
                if time.monotonic() >= due_at:
                    claims.heartbeat(self._run)
                    record_worker(name=self._run.worker, run=self._run)
                    due_at = time.monotonic() + claims.HEARTBEAT_SECONDS
                if claims.is_cancel_requested(self._run):
                    self.cancel_requested.set()
            except claims.ClaimLost:
                self.claim_lost.set()
            except (DatabaseError, InterfaceError):
                logger.warning("The database does not answer; the run goes on", exc_info=True)
                connection.close()
            if self._over.wait(LOOK_SECONDS):
                break
        connection.close()


class Shelf:
    """Stores each checkpoint as soon as the child has saved it, without holding anything up."""

    def __init__(self, run: Run, directory: AttemptDirectory) -> None:
        self._run = run
        self._directory = directory
        self._storing: dict[int, Future[None]] = {}
        self._hands = ThreadPoolExecutor(max_workers=1, thread_name_prefix="shelf")

    def look(self) -> None:
        """Begin to store what is new. Raises: what went wrong with an earlier one."""
        for step, path in self._directory.saved_steps():
            if step not in self._storing:
                self._storing[step] = self._hands.submit(self._store, step, path)
        for stored in self._storing.values():
            if stored.done():
                stored.result()

    def finish(self) -> None:
        """Store the rest and wait for it. Raises: what went wrong."""
        self.look()
        self._hands.shutdown(wait=True)
        self.look_back()

    def look_back(self) -> None:
        for stored in self._storing.values():
            stored.result()

    def abandon(self) -> None:
        self._hands.shutdown(wait=True, cancel_futures=True)

    def _store(self, step: int, path: Path) -> None:
        try:
            stored = store_directory(path)
            with transaction.atomic():
                claims.write_claimed(self._run, heartbeat_at=claims.Now())
                register_checkpoint(
                    run=self._run,
                    stored=stored,
                    step=step,
                    is_final=False,
                    n_left_out=self._directory.n_left_out,
                )
            drop_resumable_checkpoints(self._run, keep=N_KEPT)
        except FileNotFoundError:
            logger.info("Step %s made way for a newer one before it was stored", step)
        finally:
            connection.close()
