"""A run that is only asked about: checked as if it were queued, and taken back."""

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction

from training.models import Run

Answer = TypeVar("Answer")


def planned(queue: Callable[[], Run], read: Callable[[Run], Answer]) -> Answer:
    """What `read` makes of the run that `queue` would queue; nothing of it stays.

    Raises: what `queue` refuses.
    """
    with transaction.atomic():
        answer = read(queue())
        transaction.set_rollback(True)
    return answer
