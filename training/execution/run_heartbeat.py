"""Holding the claim on a run while its child works."""

import threading

from annotate.work.claims import Claim
from annotate.work.heartbeat import Heartbeat
from training.models import Run
from training.runs.claimed import heartbeat, is_cancel_requested
from training.runs.workers import record_worker


class RunHeartbeat(Heartbeat):
    """Says that the run and its worker are alive, and hears whether the run should be."""

    look_seconds = 1.0  # between looks for a request to cancel
    first_beat_seconds = 0.0  # the worker's row does not know of the run yet

    def __init__(self, run: Run) -> None:
        super().__init__(Claim(run))
        self.cancel_requested = threading.Event()

    def beat(self) -> None:
        run = self.claim.row
        heartbeat(run)
        record_worker(name=run.worker, run=run)

    def look(self) -> None:
        if is_cancel_requested(self.claim.row):
            self.cancel_requested.set()
