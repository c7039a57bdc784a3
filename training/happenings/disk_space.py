"""How much room the data directory of the machine of this worker has left."""

import platform
import shutil

from django.conf import settings

from annotate.models import NoticeKind
from annotate.notices.events import open_or_update, resolve

LOW, FINE = 0.05, 0.08  # shares of the disk that are free: told below the one, over above the other
GIB = 2**30


def look_at_disk() -> None:
    """Of this machine: a worker on another one says so for its own."""
    usage = shutil.disk_usage(settings.ACCORD_DATA_DIR)
    subject, share = platform.node()[:64], usage.free / usage.total
    if share < LOW:
        facts = {"free": round(usage.free / GIB, 1), "total": round(usage.total / GIB, 1)}
        open_or_update(kind=NoticeKind.DISK, subject=subject, project=None, facts=facts)
    elif share > FINE:
        resolve(kind=NoticeKind.DISK, subject=subject, project=None)
