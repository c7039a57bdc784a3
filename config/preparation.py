"""What must be done before the first request: `python -m config.preparation`.

Tables and static files. Run by the supervisor as a child,
so that a failure is told apart from a running server, and its memory is given back.
"""

import hashlib
import os
import sys
from pathlib import Path

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import DatabaseError

    # One connection is enough, and outside a pool a refused one is told at once.
    settings.DATABASES["default"]["OPTIONS"].pop("pool", None)
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        sys.exit(f"The database cannot be used: {str(error).strip().splitlines()[0]}")
    collect_static_files(Path(settings.STATIC_ROOT))


def collect_static_files(root: Path) -> None:
    """Copy, compress and name static files by content, unless none has changed."""
    from django.core.management import call_command

    stamp = root.with_name("static.sha256")
    fingerprint = static_fingerprint()
    if stamp.exists() and stamp.read_text() == fingerprint and root.is_dir():
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(fingerprint)


def static_fingerprint() -> str:
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256(django.__version__.encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
