"""Calls what is due, again and again: `python -m config.scheduler`.

It calls functions and sends no messages, so it works while the broker is down, and nothing piles
up while a worker is. All of them may run twice at once, so a second scheduler does no harm.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import django

logger = logging.getLogger(__name__)


def run(tasks: Mapping[Callable[[], Any], float], *, stop: threading.Event) -> None:
    """Call each task every so many seconds until told to stop; a failure is logged, not fatal."""
    from django.db import close_old_connections

    due_at = dict.fromkeys(tasks, time.monotonic())
    while not stop.wait(max(0.0, min(due_at.values()) - time.monotonic())):
        task = min(due_at, key=due_at.__getitem__)
        try:
            task()
        except Exception:
            logger.exception("%s failed; it will be tried again", task)
        close_old_connections()
        due_at[task] = time.monotonic() + tasks[task]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings
    from django.utils.module_loading import import_string

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    periodic = settings.ACCORD_PERIODIC_TASKS
    run({import_string(path): seconds for path, seconds in periodic.items()}, stop=stop)


if __name__ == "__main__":
    main()
