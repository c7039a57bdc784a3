"""Ringing for work by the name of its task, so that nothing below the tasks imports them.

A bell carries an id and nothing else. The row is the truth: a bell that is lost is rung again, and
one that comes twice finds nothing to claim. What is looked for again and again rings once until a
worker takes it, so that no messages pile up while all of them are down.
"""

import logging
from datetime import timedelta

from celery import current_app
from django.db import transaction
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from annotate.models import Bell

logger = logging.getLogger(__name__)

LOST_AFTER = timedelta(minutes=30)  # a broker may have forgotten what nobody took for so long


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


def ring_once(task: str, argument: int | str) -> bool:
    """Send the bell, unless one like it still waits for a worker; whether it was sent.

    Whoever does the work says so by `take_bell`, before looking at what there is to do.
    """
    _bell, is_new = Bell.objects.get_or_create(
        task=task, argument=str(argument), defaults={"rung_at": Now()}
    )
    waiting = Bell.objects.filter(task=task, argument=str(argument))
    if not is_new and not waiting.filter(rung_at__lt=Now() - LOST_AFTER).update(rung_at=Now()):
        return False
    if ring(task, argument):
        return True
    waiting.delete()
    return False


def take_bell(task: str, argument: int | str) -> None:
    """A worker is here: what comes up from now on is rung for again."""
    Bell.objects.filter(task=task, argument=str(argument)).delete()


def forget_bells() -> None:
    """A worker has just begun: what was sent to those before it may be lost, and is sent anew."""
    Bell.objects.all().delete()
