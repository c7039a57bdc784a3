"""Being asked to stop: by SIGTERM, by Ctrl-C, or by a parent that is gone."""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from alignment_core.errors import Stopped


class Stopper:
    """Remembers that somebody asked this process to stop."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._agree: Callable[[bool], bool] | None = None

    @property
    def is_asked(self) -> bool:
        """True once somebody asked; where processes agree on that, all must ask."""
        asked = self._asked.is_set()
        return asked if self._agree is None else self._agree(asked)

    def agree_by(self, agree: Callable[[bool], bool]) -> None:
        """Let several processes end together: one that ended alone would leave others waiting."""
        self._agree = agree

    def ask(self) -> None:
        """Ask for an end at the next point where nothing is lost."""
        self._asked.set()

    def check(self) -> None:
        """Where there is nothing to save: end here if asked. Raises: Stopped.

        Several processes come here at different times, so they go on until the next step.
        """
        if self._agree is None and self._asked.is_set():
            raise Stopped

    def listen_for_signals(self, *, say: str = "") -> None:
        """Take SIGTERM and a first Ctrl-C as being asked; only from the main thread.

        Args:
            say: what a first Ctrl-C is answered with, on standard error.
        """

        def on_signal(number: int, _frame: FrameType | None) -> None:
            self.ask()
            if number == signal.SIGINT:
                with suppress(OSError):  # whoever read it is gone
                    os.write(2, say.encode())  # a stream may be in the middle of a write
                signal.signal(signal.SIGINT, signal.default_int_handler)  # a second one means now

        signal.signal(signal.SIGTERM, on_signal)
        signal.signal(signal.SIGINT, on_signal)

    def listen_for_closed_stdin(self) -> None:
        """Take the end of standard input as being asked, where a parent holds its other end.

        A terminal or /dev/null is nobody's leash, so `nohup` and batch systems are left alone.
        """
        try:
            descriptor = sys.stdin.fileno()
            mode = os.fstat(descriptor).st_mode
        except (AttributeError, OSError, ValueError):
            return
        if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
            threading.Thread(target=self._wait_for_end, args=(descriptor,), daemon=True).start()

    def _wait_for_end(self, descriptor: int) -> None:
        while os.read(descriptor, 4096):
            pass
        self.ask()
