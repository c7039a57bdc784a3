"""The claim on an import, an export or other long work: one worker at a time, fenced by a token.

The row is the truth and the message only a bell: a message that comes twice claims nothing, and a
worker that was killed is replaced when its heartbeat grows old. Whoever lost the claim finds that
its next write meets no row, and stops.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from celery import Task
from django.db import DatabaseError, connection, transaction
from django.db.models import Exists, F, Q, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from annotate.models import WorkState
from annotate.models.transfer import Transfer
from annotate.text.language import in_language_of

HEARTBEAT_SECONDS = 15
STALE_SECONDS = 90
MAX_ATTEMPTS = 5

logger = logging.getLogger(__name__)


class ClaimLost(Exception):
    """Another worker has this transfer now, or it is over: write nothing more."""


class Claim:
    """A hold on one transfer: every write goes through it, and none succeeds once it is lost."""

    def __init__(self, transfer: Transfer) -> None:
        self.transfer = transfer

    def write(self, **values: Any) -> None:
        """Update the row with a heartbeat. Raises: ClaimLost."""
        held = type(self.transfer).objects.filter(
            pk=self.transfer.pk, token=self.transfer.token, state=WorkState.RUNNING
        )
        if not held.update(heartbeat_at=Now(), **values):
            raise ClaimLost

    def succeed(self, **values: Any) -> None:
        self.write(state=WorkState.SUCCEEDED, finished_at=Now(), reason="", **values)

    def fail(self, reason: str, **values: Any) -> None:
        self.write(state=WorkState.FAILED, finished_at=Now(), reason=reason, **values)

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Keep the heartbeat young from a thread, while this one is busy in one long read."""
        stop = threading.Event()
        thread = threading.Thread(target=self._beat, args=(stop,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _beat(self, stop: threading.Event) -> None:
        while not stop.wait(HEARTBEAT_SECONDS):
            try:
                self.write()
            except ClaimLost:
                return
            except DatabaseError:
                logger.warning("A heartbeat was not written.", exc_info=True)
            finally:
                connection.close()  # this thread's own


def claimable(model: type[Transfer]) -> QuerySet[Transfer]:
    """Transfers that wait, and those whose worker has been silent for too long."""
    is_silent = Q(state=WorkState.RUNNING, heartbeat_at__lt=_oldest_heartbeat())
    return model.objects.filter(Q(state=WorkState.QUEUED) | is_silent)


def alive(model: type[Transfer]) -> QuerySet[Transfer]:
    """Transfers that a worker is busy with."""
    return model.objects.filter(state=WorkState.RUNNING, heartbeat_at__gte=_oldest_heartbeat())


def _oldest_heartbeat() -> CombinedExpression:
    return Now() - timedelta(seconds=STALE_SECONDS)


def claim(
    model: type[Transfer], pk: int, *, waits_for: QuerySet[Transfer] | None = None
) -> Claim | None:
    """Take a transfer by one conditional update; None if somebody has it, or it is over.

    While any of `waits_for` is there, it stays queued: the redelivery rings again.
    """
    token: UUID = uuid4()
    free = claimable(model).filter(pk=pk)
    if waits_for is not None:
        free = free.filter(~Exists(waits_for))
    taken = free.update(
        state=WorkState.RUNNING, token=token, attempt=F("attempt") + 1, heartbeat_at=Now()
    )
    if not taken:
        return None
    held = Claim(model.objects.select_related("requested_by__user").get(pk=pk))
    if held.transfer.token != token:
        return None
    if held.transfer.attempt > MAX_ATTEMPTS:
        with in_language_of(held.transfer.user):
            reason = _("Given up after %(n)d attempts that were cut short.") % {"n": MAX_ATTEMPTS}
        held.fail(reason)
        return None
    return held


def ring(task: Task, pk: int) -> None:
    """Send the bell once the row is there. If the broker is away, the redelivery sends it."""

    def send() -> None:
        try:
            task.delay(pk)
        except (OperationalError, OSError):
            logger.warning("The broker is away; %s %s is sent later.", task.name, pk)

    transaction.on_commit(send)
