"""Preparing the demonstration: made by one worker, and given up after a few attempts."""

import fcntl
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from annotate.errors import AccordError
from annotate.work.bells import ring
from training.demo import helpful, small_model

logger = logging.getLogger(__name__)

PREPARE = "training.tasks.prepare_demo"
MOST_ATTEMPTS = 3
SEND_AGAIN_SECONDS = 60


def prepare() -> None:
    """Make what is missing. Two of these at once do no harm: the second finds the lock taken."""
    with _alone() as is_alone:
        if not is_alone or is_prepared():
            return
        n_attempts = _count_attempt()
        try:
            small_model.prepare()  # first, as people wait for it
            helpful.prepare()
        except AccordError as error:
            logger.warning("The demonstration cannot be prepared: %s", error)
            _folder().joinpath("reason.txt").write_text(str(error))
        except Exception:
            logger.exception("The demonstration could not be prepared (attempt %s)", n_attempts)
            _folder().joinpath("reason.txt").write_text("See the log of the training worker.")
            raise


def is_prepared() -> bool:
    """Whether nothing is left to make; so it is where there is no demonstration."""
    return helpful.is_prepared() and small_model.is_prepared()


def send() -> None:
    """Ask the training worker for the demonstration."""
    _folder().joinpath("sent").touch()
    ring(PREPARE)


def resend_unfinished_demo() -> None:
    """Ask again where the message was lost or the worker killed, until it is given up."""
    if is_prepared() or failure() is not None:
        return
    sent = _folder() / "sent"
    if not sent.exists() or time.time() - sent.stat().st_mtime > SEND_AGAIN_SECONDS:
        send()


def failure() -> str | None:
    """Why the demonstration was given up; None while it was not."""
    if _n_attempts() < MOST_ATTEMPTS:
        return None
    reason = _folder() / "reason.txt"
    return reason.read_text() if reason.exists() else None


def _folder() -> Path:
    folder: Path = settings.ACCORD_DATA_DIR / "demo"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _n_attempts() -> int:
    attempts = _folder() / "attempts"
    return len(attempts.read_text()) if attempts.exists() else 0


def _count_attempt() -> int:
    with (_folder() / "attempts").open("a") as attempts:
        attempts.write("|")
    return _n_attempts()


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else is at it; the lock goes with the process that holds it."""
    with (_folder() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
