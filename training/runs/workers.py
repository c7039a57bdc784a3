"""Which training workers are there, by their own word."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now

from training.models import Run, Worker

ALIVE_SECONDS = 60  # a worker that has not spoken for so long is taken for gone
FORGET_AFTER = timedelta(days=7)


def record_worker(*, name: str, run: Run | None, **facts: Any) -> None:
    """A worker says that it lives, and what it is doing.

    Args:
        facts: devices, versions and load, as far as they are told.
    """
    Worker.objects.update_or_create(
        name=name, defaults={"heartbeat_at": Now(), "run": run, **facts}
    )


def record_start(*, name: str, **facts: Any) -> None:
    """A worker has just begun. One that was drained stays so until somebody says otherwise."""
    record_worker(name=name, run=None, started_at=Now(), **facts)


def keep_alive(*, name: str, **facts: Any) -> None:
    Worker.objects.filter(name=name).update(heartbeat_at=Now(), **facts)


def forget_gone_workers() -> None:
    Worker.objects.filter(heartbeat_at__lt=Now() - FORGET_AFTER).delete()


def live_workers() -> QuerySet[Worker]:
    return Worker.objects.filter(heartbeat_at__gt=Now() - timedelta(seconds=ALIVE_SECONDS))


def has_idle_worker() -> bool:
    return live_workers().filter(run=None, drained_at=None).exists()
