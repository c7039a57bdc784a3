"""Whether the worker around a run is going away, so that the run should save and be given back."""

import mmap
import os

from celery.signals import worker_shutting_down

# One byte that the worker's main process shares with the processes it forks. There is no lock
# round it, since a process that dies holding one would stop the others from ending.
_going_away = mmap.mmap(-1, 1)


@worker_shutting_down.connect
def _mark(**_details: object) -> None:
    _going_away[0] = 1


class Surroundings:
    """The worker as it was when the run began."""

    def __init__(self) -> None:
        self._parent = os.getppid()

    def are_going_away(self) -> bool:
        """True once the worker shuts down, or the process that started this one has died."""
        return _going_away[0] == 1 or os.getppid() != self._parent
