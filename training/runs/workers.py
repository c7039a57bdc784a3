"""Which training workers are there, by their own word."""

import os
import shutil
import subprocess
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now

from training.models import Run, Worker

ALIVE_SECONDS = 60  # a worker that has not spoken for so long is taken for gone
FORGET_AFTER = timedelta(days=7)


def record_worker(
    *, name: str, run: Run | None, devices: list[dict[str, Any]] | None = None
) -> None:
    """A worker says that it lives, and what it is doing."""
    values: dict[str, Any] = {"heartbeat_at": Now(), "run": run}
    if devices is not None:
        values["devices"] = devices
    Worker.objects.update_or_create(name=name, defaults=values)


def keep_alive(*, name: str) -> None:
    Worker.objects.filter(name=name).update(heartbeat_at=Now())


def forget_gone_workers() -> None:
    Worker.objects.filter(heartbeat_at__lt=Now() - FORGET_AFTER).delete()


def live_workers() -> QuerySet[Worker]:
    return Worker.objects.filter(heartbeat_at__gt=Now() - timedelta(seconds=ALIVE_SECONDS))


def has_idle_worker() -> bool:
    return live_workers().filter(run=None).exists()


def devices_here() -> list[dict[str, Any]]:
    """This machine's accelerators, and its processor, without loading torch."""
    devices: list[dict[str, Any]] = [{"kind": "cpu", "name": f"{os.cpu_count()} cores"}]
    nvidia = shutil.which("nvidia-smi")
    if nvidia is None:
        return devices
    try:
        listing = subprocess.run(
            [nvidia, "--query-gpu=name,memory.total", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return devices
    return [{"kind": "cuda", "name": line.strip()} for line in listing.splitlines()] + devices
