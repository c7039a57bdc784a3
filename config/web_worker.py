"""Gunicorn's worker with threads, which gives way to processes that have less to do.

All web processes listen on one socket, and a connection stays with the one that accepted it. Who
comes first is a matter of microseconds: of sixteen busy connections one process may get twelve,
whose people then wait three times as long as others while a core stands idle. So a process with
work accepts a little later, the later the more it has.
"""

import socket
import time
from concurrent.futures import Future
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

SECONDS_FOR_EACH_REQUEST = 0.001


class FairWorker(ThreadWorker):
    _n_in_service = 0  # requests that wait for a thread or have one
    _gives_way_until = 0.0  # by the monotonic clock
    _has_given_way = False

    def accept(self, listener: socket.socket) -> None:
        if self._n_in_service and not self._has_given_way:
            self._has_given_way = True
            delay = SECONDS_FOR_EACH_REQUEST * self._n_in_service
            self._gives_way_until = time.monotonic() + delay
            self.set_accept_enabled(False)
            return
        self._has_given_way = False
        super().accept(listener)

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled and time.monotonic() >= self._gives_way_until)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        is_enabled_next = self.alive and self.nr_conns < self.worker_connections
        if not self._accepting and is_enabled_next:  # the loop does so after this
            timeout = min(timeout, max(0.0, self._gives_way_until - time.monotonic()))
        super().wait_for_and_dispatch_events(timeout)

    def enqueue_req(self, conn: TConn) -> None:
        self._n_in_service += 1
        super().enqueue_req(conn)

    def finish_request(self, conn: TConn, fs: "Future[Any]") -> None:
        self._n_in_service -= 1
        super().finish_request(conn, fs)
