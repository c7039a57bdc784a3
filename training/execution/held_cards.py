"""One run at a time on a card, though several workers of this machine may name the same one."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings

from training.models import Worker


def cards_of(worker: str) -> list[str]:
    """The ids of the cards that a worker has told of."""
    row = Worker.objects.filter(name=worker).first()
    return sorted(device["uuid"] for device in row.devices if device.get("uuid")) if row else []


@contextmanager
def held(cards: Sequence[str]) -> Iterator[list[int] | None]:
    """Locked files, one a card, for the child to inherit; None where another run has one.

    A card is free again when the last process that inherited its file is gone, however it ended.
    """
    files: list[int] = []
    try:
        yield files if all(_lock(card, files) for card in sorted(cards)) else None
    finally:
        for file in files:
            os.close(file)


def _lock(card: str, files: list[int]) -> bool:
    folder = settings.ACCORD_DATA_DIR / "cards"
    folder.mkdir(mode=0o700, exist_ok=True)
    files.append(os.open(folder / f"{card}.lock", os.O_RDWR | os.O_CREAT, 0o600))
    try:
        fcntl.flock(files[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
