"""Ringing for work by the name of its task, so that nothing below the tasks imports them.

A bell carries an id and nothing else. The row is the truth: a bell that is lost is rung again, and
one that comes twice finds nothing to claim.
"""

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def ring(task: str, *arguments: int | str) -> bool:
    """Send the bell now; whether the broker took it. If it is away, the redelivery sends it."""
    try:
        current_app.send_task(task, args=arguments)
    except (OperationalError, OSError):
        logger.warning("The broker is away; %s %s is sent later.", task, arguments, exc_info=True)
        return False
    return True


def ring_on_commit(task: str, *arguments: int | str) -> None:
    """Send the bell once the row is there to be read."""
    transaction.on_commit(lambda: ring(task, *arguments))
