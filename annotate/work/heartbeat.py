"""A sign of life beside long work, from a thread of its own."""

import logging
import threading
import time
from types import TracebackType
from typing import Any, Self

from django.db import DatabaseError, InterfaceError, connection

from annotate.work.claims import HEARTBEAT_SECONDS, Claim, ClaimLost

logger = logging.getLogger(__name__)


class Heartbeat(threading.Thread):
    """Holds a claim while its work goes on, and hears when it is lost."""

    look_seconds: float = HEARTBEAT_SECONDS
    first_beat_seconds: float = HEARTBEAT_SECONDS  # taking the claim was a beat

    def __init__(self, claim: Claim[Any]) -> None:
        super().__init__(name=f"heartbeat of {claim.row}", daemon=True)
        self.claim = claim
        self.claim_lost = threading.Event()
        self._over = threading.Event()

    def beat(self) -> None:
        """Raises: ClaimLost."""
        self.claim.write()

    def look(self) -> None:
        """What else is to be done, at every look. Raises: ClaimLost."""

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
        due_at = time.monotonic() + self.first_beat_seconds
        while not self._over.wait(min(self.look_seconds, max(0.0, due_at - time.monotonic()))):
            try:
                if time.monotonic() >= due_at:
                    self.beat()
                    due_at = time.monotonic() + HEARTBEAT_SECONDS
                self.look()
            except ClaimLost:
                self.claim_lost.set()
                break
            except (DatabaseError, InterfaceError):
                logger.warning("The database does not answer; the work goes on", exc_info=True)
                connection.close()
        connection.close()  # this thread's own
