"""Holding the claim on a run while its child works."""

import logging
import threading
import time
from types import TracebackType
from typing import Self

from django.db import DatabaseError, InterfaceError, connection

from training.models import Run
from training.runs import claims
from training.runs.workers import record_worker

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
