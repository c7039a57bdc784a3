"""A lock that serves its waiters in the order in which they came."""

from collections import deque
from threading import Lock


class FairLock:
    """First come, first served; `threading.Lock` lets whoever is awake at the right moment win."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._is_held = False
        self._waiting: deque[Lock] = deque()

    def acquire(self, *, timeout_seconds: float) -> bool:
        """Take the lock, or return False when the wait has lasted too long."""
        with self._guard:
            if not self._is_held:
                self._is_held = True
                return True
            turn = Lock()
            turn.acquire()
            self._waiting.append(turn)
        if turn.acquire(timeout=timeout_seconds):
            return True
        with self._guard:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return False
            return True  # handed over in the very moment in which we gave up

    def release(self) -> None:
        """Hand the lock to the one who has waited longest, if there is one."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_held = False
