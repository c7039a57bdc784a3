"""Storing the checkpoints that a run saves, beside it."""

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from django.db import connection, transaction

from training.artifacts.store import store_directory
from training.checkpoints.registry import N_KEPT, drop_resumable_checkpoints, register_checkpoint
from training.execution.attempt_directory import AttemptDirectory
from training.models import Run
from training.runs.claimed import write_claimed

logger = logging.getLogger(__name__)


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
                write_claimed(self._run)
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
